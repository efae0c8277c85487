import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  type Context,
  type Example,
  projectFolders,
  type Run,
  renderCount,
  shortenModelName,
} from "@seedling/core/internal";
import { checkpointFiles, openCheckpoint } from "../checkpoint/checkpoint.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { openTokenizer } from "../checkpoint/tokenizer.ts";
import type { Trained } from "../classifier/trained.ts";
import { saveTuned } from "../classifier/tuned-files.ts";
import type { TaskKind } from "../data/examples.ts";
import { hashExamples, type TrainingData } from "../data/training-data.ts";
import type { TrialSettings } from "../data/trials.ts";
import { checkVocabulary, parseEncoderConfig } from "../encoder/encoder-config.ts";
import type { EncoderHead } from "../encoder/encoder-head.ts";
import { createOps } from "../encoder/ops.ts";
import { computeTruncation } from "../features/features.ts";
import { explainOutOfMemory, renderMemory } from "./memory.ts";
import { checkFreeze, createTuningLog } from "./progress.ts";
import { hashTuning, planMemory, planTuning } from "./recipe.ts";
import { tokenizeExamples, toTokenItems } from "./token-items.ts";
import { tune } from "./tune.ts";
import { openTuningFolder } from "./tuning-state.ts";
import { collectVocabulary, createInitialParameters, toWordRows } from "./vocabulary.ts";

export interface TuneRunOptions {
  run: Run;
  data: TrainingData;
  backend: Backend;
  ctx: Context;
  /** Where the training stands between its epochs. */
  folder: string;
  /** Where the classifier goes. */
  classifier: string;
  /** The choice of another seed, to be repeated; null: the recipe's grid. */
  choice: TrialSettings | null;
  createdBy: string;
}

/**
 * Fine-tunes the whole encoder for a run, and writes the classifier of the best point.
 * @throws ExpectedError if the encoder cannot be had or is none of ours, at every point the loss is not
 *   finite, or the memory does not suffice
 */
export async function tuneRun(options: TuneRunOptions): Promise<Trained> {
  const { run, data, backend, ctx, createdBy } = options;
  const { flags, task, seeds } = run;
  const kind: TaskKind = task.options === "fixed" ? "classes" : "choice";
  const classes = task.labels && [...task.labels];
  const { log, fetch, env } = ctx;
  const { encoder, input } = flags;
  const source = await fetchCheckpoint({
    encoder,
    modelsDir: projectFolders.models,
    log,
    fetch,
    env,
  });
  const checkpoint = await openCheckpoint(source);
  try {
    const config = parseEncoderConfig(checkpoint.config, join(source, checkpointFiles.config));
    checkFreeze(flags.freeze, config.layers, encoder);
    const headName = flags.head === "mean" ? "mean" : "own";
    const own = headName === "own" ? config.family.heads[kind] : null;
    const head: EncoderHead = { own, outputs: classes?.length ?? 1 };
    const tokenizer = await openTokenizer(source);
    checkVocabulary(tokenizer, config, source);
    const maxLength = Math.min(flags.maxLength, config.maxPositions);
    const read = (examples: readonly Example[]) => {
      const reading = { kind, tokenizer, maxLength, input };
      const { sequences, cut } = tokenizeExamples(examples, reading);
      return { items: toTokenItems(examples, sequences, classes), cut: computeTruncation(cut) };
    };
    const [train, dev] = [read(data.train), read(data.dev)];
    const vocabulary = collectVocabulary([...train.items, ...dev.items]);
    const start = createInitialParameters(checkpoint, config, head, vocabulary, seeds.train);
    const { parameters } = start;

    const plan = planTuning(flags, options.choice);
    const model = { config, parameters };
    const memory = planMemory(flags.recompute, plan, model, train.items, backend);
    const size = renderMemory(memory.bytes);
    log(`  a step needs about ${size}${memory.recompute ? ", layers computed twice" : ""}`);
    log(`  ${renderCount(plan.grid.length, "grid point")}, ${renderCount(plan.epochs, "epoch")}`);
    const inputs = { train: hashExamples(data.train), dev: hashExamples(data.dev) };
    const facts = { plan, inputs, seed: seeds.train, head: headName, maxLength };
    const key = await hashTuning(source, { ...facts, backend: backend.describe });
    const folder = await openTuningFolder(options.folder, key);
    const done = folder.state.points.length;
    if (done > 0) log(`  goes on after ${renderCount(done, "epoch")}`);

    const best = await tune(
      {
        ...plan,
        ...model,
        ops: createOps(backend),
        head,
        load: start.load,
        train: toWordRows(train.items, vocabulary),
        dev: toWordRows(dev.items, vocabulary),
        recompute: memory.recompute,
        seed: seeds.train,
        progress: createTuningLog(log),
      },
      folder,
    ).catch((error: unknown) => {
      throw explainOutOfMemory(error, size);
    });
    const saved = folder.state.best;
    if (!saved) throw new RangeError("a training has a best point and no weights of it");
    const tuned = await folder.open(saved.file);
    rmSync(options.classifier, { recursive: true, force: true });
    await saveTuned(options.classifier, {
      facts: {
        kind,
        encoder: shortenModelName(encoder),
        maxLength,
        input,
        head: headName,
        classes,
        createdBy,
      },
      source,
      hubConfig: checkpoint.config,
      config,
      head,
      parameters: start.whole,
      async read(name) {
        const values = await tuned.read("values", name);
        if (!values) throw new RangeError(`no values of ${name}`);
        return start.toWhole(name, values, saved.decay);
      },
    }).finally(tuned.close);
    const { learningRate, batchSize, epoch, devAccuracy, devLoss, collapsed } = best;
    return {
      dev: { accuracy: devAccuracy ?? 0, loss: devLoss ?? 0, collapsed },
      best: { learningRate, batchSize, epoch },
      cut: { train: train.cut, dev: dev.cut },
      log: folder.readLog(),
      finish: async () => folder.remove(),
    };
  } finally {
    await checkpoint.close();
  }
}
