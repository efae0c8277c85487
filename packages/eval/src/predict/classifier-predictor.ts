import { dirname, join } from "node:path";
import {
  type Context,
  ExpectedError,
  openBackend,
  projectFolders,
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
  openFrozenEncoder,
  type TrainingManifest,
  trainingFiles,
} from "@seedling/trainer/internal";
import { createTestItem } from "../results/evaluation.ts";
import { type IsClose, openTrainedOn } from "./overlap.ts";
import type { Predictor } from "./predictor.ts";
import { toTrainingFacts } from "./training-facts.ts";

/** Opens a run's classifier, which is loaded once and only if it is asked. */
export async function openClassifierPredictor(
  run: Run,
  training: TrainingManifest,
  ctx: Context,
): Promise<Predictor> {
  const { seeds, data, completions, train, dev, student, conditions } = toTrainingFacts(training);
  const folder = join(toTrainingFolder(run), trainingFiles.classifier);
  const weights = await hashClassifier(folder);
  let classifier: Promise<Classifier> | null = null;
  let trained: Promise<IsClose | null> | null = null;
  return {
    facts: { seeds, completions, train, dev, student, conditions },
    data: () => data,
    inputs: async () => ({
      classifier: weights,
      [toResultPath(run.flags.results, folder)]: weights,
      ...pickPaths(training.inputs),
    }),
    async answer(_, { examples }) {
      classifier ??= load(folder, run, ctx);
      const progress = createEmbedProgress("read", ctx.log);
      const predictions = await (await classifier).predict(examples, progress);
      return examples.map((example, row) => {
        const prediction = predictions[row];
        if (!prediction) throw new RangeError(`no prediction for row ${row}`);
        return createTestItem(example, prediction, row);
      });
    },
    trained() {
      trained ??= openTrained(run, training, ctx);
      return trained;
    },
    async close() {
      await (await classifier?.catch(() => null))?.dispose();
    },
  };
}

/** The inputs that are files of the results folder. */
function pickPaths(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name.includes("/")));
}

/** @throws ExpectedError also if it was trained on a cut input and does not say so */
async function load(folder: string, { flags }: Run, { log }: Context): Promise<Classifier> {
  const cacheDir = join(flags.results, "cache", "embeddings");
  const classifier = await loadClassifier(folder, {
    backend: await openBackend({ force: flags.backend }),
    openEmbed: (named) =>
      openFrozenEncoder(named, { cacheDir, modelsDir: projectFolders.models, log }),
  });
  if (classifier.input === flags.input) return classifier;
  await classifier.dispose();
  throw new ExpectedError(
    `${folder}: expected a classifier that says --input ${flags.input}, as it was trained, got ${classifier.input}: an earlier version made it; remove ${dirname(folder)} to train it again`,
  );
}

async function openTrained(
  run: Run,
  { inputs }: TrainingManifest,
  ctx: Context,
): Promise<IsClose | null> {
  const data = await loadTrainingData(run, ctx).catch((error: unknown) => {
    if (error instanceof ExpectedError) return null;
    throw error;
  });
  if (!data || hashExamples(data.train) !== inputs.train) return null;
  return openTrainedOn(data.train, run.flags.nearOverlap);
}
