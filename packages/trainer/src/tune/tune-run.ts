import { rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import {
  type Backend,
  type Desk,
  ExpectedError,
  hashValue,
  places,
  type Run,
  toMessage,
} from "@seedling/core";
import { saveTuned } from "../classifier/tuned-files.ts";
import { toModelName } from "../conditions.ts";
import { openCheckpoint } from "../encoder/checkpoint.ts";
import { parseEncoderConfig } from "../encoder/encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "../encoder/head.ts";
import { fetchCheckpoint } from "../encoder/hub-files.ts";
import { loadOrCreate, loadParameter } from "../encoder/load-values.ts";
import { openOps } from "../encoder/ops.ts";
import { listParameters } from "../encoder/parameters.ts";
import { openTokenizer } from "../encoder/tokenizer.ts";
import { type Kind, toShareCut } from "../features.ts";
import type { Trained } from "../trained.ts";
import type { TrainingData } from "../training-data.ts";
import { chooseRecompute, estimateMemory, type StepSize } from "./memory.ts";
import { openPace } from "./pace.ts";
import { toRecipe } from "./recipes.ts";
import { toSequences, toTokenItems } from "./token-items.ts";
import { type GridChoice, tune } from "./tune.ts";
import { openTuningFolder } from "./tuning-state.ts";
import { putWords, takeWords, toRows, toVocabulary } from "./vocabulary.ts";

export interface TuneRunOptions {
  run: Run;
  data: TrainingData;
  backend: Backend;
  desk: Desk;
  /** Where the training stands between its epochs. */
  folder: string;
  /** Where the classifier goes. */
  classifier: string;
  /** Hashes of what it is trained on and chosen by. */
  inputs: Record<string, string>;
  /** The choice of another seed, to be repeated; null: the recipe's grid. */
  choice: GridChoice | null;
  createdBy: string;
}

/**
 * Fine-tunes the whole encoder for a run, and writes the classifier of the best point.
 * @throws ExpectedError if the encoder cannot be had or is none of ours, at every point the loss is not
 *   finite, or the memory does not suffice
 */
export async function tuneRun(options: TuneRunOptions): Promise<Trained> {
  const { run, data, backend, desk, inputs, createdBy } = options;
  const { flags, task, seeds } = run;
  const kind: Kind = task.options === "fixed" ? "classes" : "choice";
  const classes = task.labels && [...task.labels];
  const source = await fetchCheckpoint({
    encoder: flags.encoder,
    modelsDir: places.models,
    notice: desk.notice,
    fetch: desk.fetch,
    env: desk.env,
  });
  const checkpoint = await openCheckpoint(source);
  try {
    const config = parseEncoderConfig(checkpoint.config, join(source, "config.json"));
    if (flags.freeze > config.layers)
      throw new ExpectedError(
        `--freeze ${flags.freeze}: expected at most the ${config.layers} layers of ${flags.encoder}`,
      );
    const headName = flags.head === "mean" ? "mean" : "own";
    const own = headName === "own" ? config.family.heads[kind] : null;
    const head: EncoderHead = { own, outputs: classes?.length ?? 1 };
    const tokenizer = await openTokenizer(source);
    const maxLength = Math.min(flags.maxLength, config.maxPositions);
    const train = toSequences(data.train, { kind, tokenizer, maxLength });
    const dev = toSequences(data.dev, { kind, tokenizer, maxLength });
    const items = {
      train: toTokenItems(data.train, train.sequences, classes),
      dev: toTokenItems(data.dev, dev.sequences, classes),
    };
    const vocabulary = toVocabulary([...items.train, ...items.dev]);
    const whole = [...listParameters(config), ...listHeadParameters(head, config)];
    const parameters = whole.map((parameter) =>
      parameter.name === "embeddings.words"
        ? { ...parameter, shape: [vocabulary.ids.length, config.hidden] }
        : parameter,
    );
    const loadWhole = async (name: string) => {
      const parameter = whole.find((one) => one.name === name);
      if (!parameter) throw new RangeError(`no parameter ${name}`);
      return name.startsWith("head.")
        ? loadOrCreate(checkpoint, config, parameter, seeds.train)
        : loadParameter(checkpoint, config, parameter);
    };
    const load = async (name: string) =>
      name === "embeddings.words"
        ? takeWords(await loadWhole(name), vocabulary, config.hidden)
        : loadWhole(name);

    const recipe = toRecipe(flags);
    const grid = options.choice
      ? [options.choice]
      : recipe.batchSizes.flatMap((batchSize) =>
          recipe.learningRates.map((learningRate) => ({ learningRate, batchSize })),
        );
    const perItem = Math.max(...items.train.map(({ sequences }) => sequences.length));
    const size: StepSize = {
      config,
      parameters,
      freeze: flags.freeze,
      sequences:
        perItem * Math.ceil(Math.max(...grid.map((one) => one.batchSize)) / flags.accumulate),
      longest: Math.max(...train.cut.map(({ kept }) => kept)),
    };
    const recompute = chooseRecompute(flags.recompute, size, backend);
    const bytes = estimateMemory(size, recompute);
    desk.notice(
      `  a step needs about ${(bytes / 1e9).toFixed(1)} GB${recompute ? ", layers computed twice" : ""}; ${grid.length} grid point${grid.length === 1 ? "" : "s"}, ${recipe.epochs} epochs`,
    );

    const { epochs, warmUp } = recipe;
    const { weightDecay, clip, freeze, accumulate: parts, earlyStop } = flags;
    const plan = { grid, epochs, warmUp, weightDecay, clip, freeze, parts, earlyStop };
    const key = hashValue({
      plan,
      inputs,
      seed: seeds.train,
      backend: backend.describe,
      head: headName,
      maxLength,
      source: isAbsolute(flags.encoder) ? source : flags.encoder,
    });
    const state = await openTuningFolder(options.folder, key);
    if (state.state.points.length > 0)
      desk.notice(`  goes on after ${state.state.points.length} epochs that are done`);
    const best = await tune(
      {
        ...plan,
        ops: openOps(backend),
        config,
        head,
        parameters,
        load,
        train: toRows(items.train, vocabulary),
        dev: toRows(items.dev, vocabulary),
        recompute,
        seed: seeds.train,
        progress: openPace(desk.notice),
      },
      state,
    ).catch((error: unknown) => {
      throw isOutOfMemory(error)
        ? new ExpectedError(
            `out of memory (a step needs about ${(bytes / 1e9).toFixed(1)} GB): give --recompute on, a larger --accumulate, a smaller --max-length or --batch-size, or --freeze N (${toMessage(error).split("\n")[0]})`,
            { cause: error },
          )
        : error;
    });
    const saved = state.state.best;
    if (!saved) throw new RangeError("a training has a best point and no weights of it");
    const tuned = await state.open(saved.file);
    const read = async (name: string) => {
      const values = await tuned.read("values", name);
      if (!values) throw new RangeError(`no values of ${name}`);
      return name === "embeddings.words"
        ? putWords(await loadWhole(name), values, vocabulary, saved.decay)
        : values;
    };
    rmSync(options.classifier, { recursive: true, force: true });
    await saveTuned(options.classifier, {
      facts: {
        kind,
        encoder: toModelName(flags.encoder),
        maxLength,
        head: headName,
        classes,
        createdBy,
      },
      source,
      hubConfig: checkpoint.config,
      config,
      head,
      parameters: whole,
      read,
    }).finally(tuned.close);
    const { learningRate, batchSize, epoch, devAccuracy, devLoss, collapsed } = best;
    return {
      dev: { accuracy: devAccuracy ?? 0, loss: devLoss ?? 0, collapsed },
      best: { learningRate, batchSize, epoch },
      cut: { train: toShareCut(train.cut), dev: toShareCut(dev.cut) },
      log: state.readLog(),
      finish: async () => state.remove(),
    };
  } finally {
    await checkpoint.close();
  }
}

/** TensorFlow's, V8's and WebGPU's words for it. */
function isOutOfMemory(error: unknown): boolean {
  return /\bOOM\b|resource ?exhausted|out of memory|allocation failed|bad_alloc/i.test(
    toMessage(error),
  );
}
