import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Example,
  ExpectedError,
  findTransformerFolder,
  hashValue,
  isBuiltIn,
  projectFolders,
  renderCount,
  shortenModelName,
} from "@seedling/core/internal";
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint.ts";
import { listFileStats } from "../checkpoint/encoder-hash.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { addAnswers, balanceClasses } from "../data/examples.ts";
import { computeOffsets } from "../data/shares.ts";
import { hashExamples } from "../data/training-data.ts";
import { createOps } from "../encoder/ops.ts";
import { loadConfigAndTokenizer } from "../encoder/parameters.ts";
import { computeTruncation, renderTruncation } from "../features/truncation.ts";
import { explainOutOfMemory, planMemory, renderMemory } from "../tune/memory.ts";
import { checkFreeze, countEpochs, createTuningLog, planTuning } from "../tune/plan.ts";
import { tokenizeExamples } from "../tune/token-items.ts";
import { tune } from "../tune/tune.ts";
import { openTuningFolder } from "../tune/tuning-state.ts";
import { createInitialParameters, createVocabulary } from "../tune/vocabulary.ts";
import { type TunedFacts, writeFacts } from "./facts.ts";
import { trainHead } from "./head-classifier.ts";
import { judgeHeldOut, readsHeldOut, writeHeldOut } from "./held-out.ts";
import {
  completeOptions,
  summarizeTraining,
  type TrainedClassifier,
  type TrainOptions,
  type TrainSetup,
} from "./train-options.ts";
import {
  chooseEncoderHead,
  createTunedClassifier,
  openTunedModel,
  saveTunedClassifier,
} from "./tuned-classifier.ts";

/**
 * Trains a classifier: a head on a frozen encoder, or, by `tune: "full"`, the whole encoder. The best
 * trial of a grid is chosen by its accuracy on dev.
 * @param examples questions, contexts and options with their labels, the index of the right option
 * @returns a classifier, which the caller disposes of; nothing is written but caches and the tuning's state
 * @throws ExpectedError if there are too few examples, options do not fit the classes, the encoder cannot
 *   be had, memory does not suffice, or the loss is not finite in every trial
 * @example
 * const classifier = await trainClassifier(examples, { encoder: "FacebookAI/roberta-base", tune: "full" });
 * await classifier.predict("Where is my card?"); // { label: "card_arrival", probabilities: { ... } }
 */
export async function trainClassifier(
  examples: readonly Example[],
  options: TrainOptions = {},
): Promise<TrainedClassifier> {
  const setup = await completeOptions(examples, options);
  return setup.tune === "full" ? trainTuned(setup) : trainHead(setup);
}

/** Fine-tunes a whole encoder with its head. */
async function trainTuned(setup: TrainSetup): Promise<TrainedClassifier> {
  const { encoder, log, fetch = globalThis.fetch, env = {} } = setup;
  if (isBuiltIn(encoder))
    throw new ExpectedError(
      `encoder ${encoder}: expected one whose weights can be trained: a hub id such as FacebookAI/roberta-base, or a folder`,
    );
  const modelsDir = setup.cache ?? projectFolders.models;
  const fetched = await fetchCheckpoint({ encoder, modelsDir, log, fetch, env });
  const checkpoint = await openCheckpoint(findTransformerFolder(fetched));
  const temporary = setup.folder ? null : await mkdtemp(join(tmpdir(), "seedling-tuning-"));
  const removeTemporary = async () => {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const classifier = await tuneCheckpoint(checkpoint, setup.folder ?? temporary ?? "", setup);
    return { ...classifier, dispose: () => classifier.dispose().finally(removeTemporary) };
  } catch (error) {
    await removeTemporary();
    throw error;
  } finally {
    await checkpoint.close();
  }
}

/** Tunes a checkpoint. @param stateFolder where the training stands between its epochs, and the classifier at its end */
async function tuneCheckpoint(checkpoint: Checkpoint, stateFolder: string, setup: TrainSetup) {
  const { classes, input, seed, backend, log } = setup;
  const { config, tokenizer } = await loadConfigAndTokenizer(checkpoint);
  checkFreeze(setup.freeze, config.layers, setup.encoder);
  const maxLength = Math.min(setup.maxLength, config.maxPositions);
  const facts: TunedFacts = {
    tune: "full",
    encoder: shortenModelName(setup.encoder),
    maxLength,
    head: setup.head === "mean" ? "mean" : "own",
    classes,
    createdBy: setup.createdBy,
    input,
    ...(setup.shares &&
      classes && { offsets: computeOffsets(setup.shares, { ...setup, classes }) }),
  };
  const head = chooseEncoderHead(facts, config);
  const read = (name: string, examples: readonly Example[]) => {
    const reading = { classes, tokenizer, maxLength, input };
    const { items, cut, truncated } = tokenizeExamples(examples, reading);
    const line = renderTruncation(name, examples, truncated);
    if (line) log(`  ${line}`);
    return { items: addAnswers(examples, items, classes), cut: computeTruncation(cut) };
  };
  const [train, dev] = [read("train", setup.train), read("dev", setup.dev)];
  if (setup.classWeights === "balanced") train.items = balanceClasses(train.items);
  const vocabulary = createVocabulary([...train.items, ...dev.items], config.hidden);
  const initial = createInitialParameters(checkpoint, config, head, vocabulary, seed);

  const plan = planTuning(setup);
  const model = { config, parameters: initial.parameters };
  const memory = planMemory(setup.recompute, plan, model, train.items, backend);
  const size = renderMemory(memory.bytes);
  log(`  a step needs about ${size}${memory.recompute ? ", layers computed twice" : ""}`);
  const epochs = Math.max(...countEpochs(plan, train.items.length));
  log(`  ${renderCount(plan.grid.length, "trial")} of ${renderCount(epochs, "epoch")}`);
  const key = hashValue({
    plan,
    inputs: { train: hashExamples(setup.train), dev: hashExamples(setup.dev) },
    seed,
    head: facts.head,
    maxLength,
    backend: backend.describe,
    files: await listFileStats(checkpoint.folder, /\.(safetensors|json)$/),
  });
  const state = await openTuningFolder(stateFolder, key);
  const done = state.state.points.length;
  if (done > 0) log(`  goes on after ${renderCount(done, "epoch")}`);

  const ops = createOps(backend);
  const best = await tune(
    {
      ...plan,
      ...model,
      ops,
      head,
      load: initial.load,
      train: vocabulary.toRows(train.items),
      dev: vocabulary.toRows(dev.items),
      recompute: memory.recompute,
      seed,
      progress: createTuningLog(log),
    },
    state,
  ).catch((error: unknown) => {
    throw explainOutOfMemory(error, size);
  });
  const saved = state.state.best;
  if (!saved) throw new RangeError("a training has a best trial and no weights of it");
  const tuned = await state.open(saved.file);
  const folder = join(stateFolder, "classifier");
  await saveTunedClassifier(folder, facts, checkpoint, async (name) => {
    return initial.toWhole(name, await tuned.read(`values/${name}`), saved.decay);
  }).finally(tuned.close);
  const opened = await openTunedModel(folder, facts, ops);
  const found = readsHeldOut(setup)
    ? judgeHeldOut({ items: dev.items, ...(await opened.score(setup.dev)) }, setup)
    : null;
  const all = { ...facts, ...found?.facts };
  if (found) {
    writeFacts(folder, all);
    writeHeldOut(folder, found.answers);
  }
  const classifier = createTunedClassifier(folder, all, opened);
  const point = { ...best, ...found?.judged };
  const { calibration } = found ?? {};
  const training = summarizeTraining(point, train.cut, dev.cut, state.readLog(), { calibration });
  return { ...classifier, training };
}
