import { dirname, join } from "node:path";
import {
  type Context,
  ExpectedError,
  openBackend,
  type Run,
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
  type TrainingManifest,
  trainingFiles,
} from "@seedling/trainer/internal";
import { evaluate } from "./evaluate.ts";
import { createTrainingOverlap, type IsClose } from "./overlap.ts";
import type { Predictor } from "./predictor.ts";

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
      return (await evaluate(await classifier, examples, { onProgress })).items;
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
  { inputs }: TrainingManifest,
  ctx: Context,
): Promise<IsClose | null> {
  const data = await loadTrainingData(run, ctx).catch((error: unknown) => {
    if (error instanceof ExpectedError) return null;
    throw error;
  });
  if (!data || hashExamples(data.train) !== inputs.train) return null;
  return createTrainingOverlap(data.train, run.flags.nearOverlap);
}
