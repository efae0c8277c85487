import { dirname, join } from "node:path";
import {
  answerSchema,
  answersFile,
  answersManifestSchema,
  type Context,
  ExpectedError,
  endings,
  hashLines,
  type LoadedSplit,
  openBackend,
  type Run,
  readLog,
  readManifest,
  shortenModelName,
  type Task,
  toAnswersFolder,
  toResultPath,
  toTrainingFolder,
} from "@seedling/core/internal";
import {
  type Classifier,
  createEmbedProgress,
  hashClassifier,
  hashExamples,
  loadClassifier,
  loadTrainingData,
  pickTrained,
  renderTruncation,
  type TrainingManifest,
  trainingFiles,
} from "@seedling/trainer/internal";
import type { EvaluationManifest, TestItem } from "../results/evaluation-manifest.ts";
import { evaluate, toItem } from "./evaluate.ts";
import { createTrainingOverlap, type IsClose } from "./overlap.ts";

/** What answers a run's test items: its classifier, or the language model itself. */
export interface Predictor {
  /** What an evaluation's manifest says of it, whatever it is tested on. */
  facts: Pick<
    EvaluationManifest,
    "seeds" | "completions" | "train" | "student" | "conditions" | "dev"
  >;
  /** Where its formatting example and its human data come from. */
  data: (split: LoadedSplit) => EvaluationManifest["data"];
  /** Hashes of what it answers by, for one test set; null: it has nothing to answer that by yet. */
  inputs: (test: Task) => Promise<Record<string, string> | null>;
  /** An item for each example of the split, in its order. */
  predict: (test: Task, split: LoadedSplit) => Promise<TestItem[]>;
  /** Whether an example is too close to what it was trained on; null: its training data are not there any more. */
  loadTrainingOverlap: () => Promise<IsClose | null>;
  dispose: () => Promise<void>;
}

/** Opens a run's classifier; it is loaded once, when it first predicts. */
export async function openClassifierPredictor(
  run: Run,
  training: TrainingManifest,
  ctx: Context,
): Promise<Predictor> {
  const { seeds, data, completions, train, student, conditions } = training;
  const { source, n, accuracy, collapsed } = training.dev;
  const dev = { source, n, accuracy, collapsed };
  const folder = join(toTrainingFolder(run), trainingFiles.classifier);
  const weights = await hashClassifier(folder);
  const trainedOn = Object.entries(training.inputs).filter(([name]) => name.includes("/"));
  let classifier: Promise<Classifier> | null = null;
  let overlap: Promise<IsClose | null> | null = null;
  return {
    facts: { seeds, completions, train, dev, student, conditions },
    data: () => data,
    inputs: async () => ({
      classifier: weights,
      [toResultPath(run.flags.results, folder)]: weights,
      ...Object.fromEntries(trainedOn),
    }),
    async predict(_, { examples }) {
      classifier ??= load(folder, run, ctx);
      const onProgress = createEmbedProgress("read", ctx.log);
      const { items, truncated } = await evaluate(await classifier, examples, { onProgress });
      const line = renderTruncation("test", examples, truncated);
      if (line) ctx.log(`  ${line}`);
      return items;
    },
    loadTrainingOverlap() {
      overlap ??= loadOverlap(run, training, ctx);
      return overlap;
    },
    async dispose() {
      await (await classifier?.catch(() => null))?.dispose();
    },
  };
}

/** @throws ExpectedError also if it was trained on an ablated input and does not say so */
async function load(folder: string, { flags }: Run, ctx: Context): Promise<Classifier> {
  const { log, fetch, env } = ctx;
  const vectorCache = join(flags.results, "cache", "embeddings");
  const backend = await openBackend({ force: flags.backend });
  const classifier = await loadClassifier(folder, { backend, vectorCache, log, fetch, env });
  if (classifier.input === flags.input) return classifier;
  await classifier.dispose();
  throw new ExpectedError(
    `${folder}: expected a classifier that says --input ${flags.input}, as it was trained, got ${classifier.input}: an earlier version made it; remove ${dirname(folder)} to train it again`,
  );
}

async function loadOverlap(
  run: Run,
  { inputs, outputs }: TrainingManifest,
  ctx: Context,
): Promise<IsClose | null> {
  try {
    const { train } = await loadTrainingData(run, ctx);
    if (hashExamples(train) !== inputs.train) return null;
    return createTrainingOverlap(
      pickTrained(toTrainingFolder(run), train, { outputs }),
      run.flags.nearOverlap,
    );
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

/**
 * Opens the language model's own answers to a run's test items. They come without probabilities, and
 * one that chooses no option is wrong.
 * @returns null if there are none
 */
export async function openDirectPredictor(run: Run): Promise<Predictor | null> {
  const read = (test: Run["task"]) =>
    readManifest(join(toAnswersFolder(run, test), endings.done), answersManifestSchema);
  const manifests = await Promise.all(run.tests.map(read));
  const [first] = manifests.filter((manifest) => manifest !== null);
  if (!first) return null;
  const { completions, conditions } = first;
  return {
    ...describeUntrained(run, { completions, conditions, encoder: completions.model }),
    async inputs(test) {
      const manifest = await read(test);
      const hash = manifest?.outputs[answersFile] ?? "";
      const path = join(toAnswersFolder(run, test), answersFile);
      return manifest && { answers: hash, [toResultPath(run.flags.results, path)]: hash };
    },
    async predict(test, { examples, sha256: testHash }) {
      const path = join(toAnswersFolder(run, test), answersFile);
      const manifest = await read(test);
      if (manifest?.inputs.test !== testHash)
        throw new ExpectedError(
          `${path}: expected answers to the test split of ${test.name} as it is, they are to another version; run the creator again`,
        );
      if (hashLines(path) !== manifest.outputs[answersFile])
        throw new ExpectedError(
          `${path}: changed since it was written; remove the folder's manifest.json to read the replies again`,
        );
      // As it was written: an answer to each item, in their order.
      const answers = [...readLog(path, answerSchema, "an answer")];
      return examples.map((example, row) => toItem(example, row, answers[row]?.answer ?? "", []));
    },
    async dispose() {},
  };
}

/** What a predictor that nothing is trained for has. @param by who answers, and by which flags */
export function describeUntrained(
  { seeds, task }: Run,
  { encoder, ...by }: Pick<Predictor["facts"], "completions" | "conditions"> & { encoder: string },
): Pick<Predictor, "facts" | "data" | "loadTrainingOverlap"> {
  return {
    facts: {
      seeds,
      ...by,
      train: { n: 0, target: 0, human: 0, labels: null },
      dev: { source: "human", n: 0, accuracy: 0, collapsed: false },
      student: { encoder: shortenModelName(encoder), tune: "none" },
    },
    data: ({ kind, verified }) => ({
      kind,
      verified,
      ...(task.fingerprint && { mark: task.fingerprint }),
    }),
    loadTrainingOverlap: async () => () => false,
  };
}
