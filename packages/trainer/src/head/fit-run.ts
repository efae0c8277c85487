import { join } from "node:path";
import {
  type Backend,
  type Context,
  type Dtype,
  type Example,
  projectFolders,
  type Run,
  toJsonl,
} from "@seedling/core/internal";
import { saveClassifier } from "../classifier/classifier-files.ts";
import type { Trained } from "../classifier/trained.ts";
import type { TrainingData } from "../data/training-data.ts";
import {
  chooseFeatures,
  computeTruncation,
  createEmbedProgress,
  embedExamples,
} from "../features/features.ts";
import { openFrozenEncoder } from "../features/frozen-encoder.ts";
import { type FitData, toFitData, toVectorItems } from "./fit.ts";
import { fitLinear } from "./fit-linear.ts";
import { fitMlp } from "./fit-mlp.ts";

export interface FitRunOptions {
  run: Run;
  data: TrainingData;
  backend: Backend;
  ctx: Context;
  /** Number type of the encoder's onnx weights, as it was found; null: it has none. */
  dtype: Dtype | null;
  /** Where the classifier goes. */
  classifier: string;
  createdBy: string;
}

/** Fits a head on a frozen encoder for a run, and writes the classifier. */
export async function fitRun(options: FitRunOptions): Promise<Trained> {
  const { run, data, backend, ctx, dtype, createdBy } = options;
  const { flags, task } = run;
  const classes = task.labels && [...task.labels];
  const { encoder, maxLength, runtime } = flags;
  const embed = await openFrozenEncoder(
    { encoder, maxLength, runtime, dtype },
    {
      cacheDir: join(flags.results, "cache", "embeddings"),
      modelsDir: projectFolders.models,
      log: ctx.log,
    },
  );
  try {
    const { kind, features, input } = chooseFeatures(run);
    const seen = { embed, kind, features, input };
    const train = await embedAndTell(data.train, seen, ctx);
    const dev = await embedAndTell(data.dev, seen, ctx);
    const fitData = toFitData(
      kind,
      toVectorItems(data.train, train.vectors, classes),
      toVectorItems(data.dev, dev.vectors, classes),
    );
    const fit =
      flags.head === "mlp" ? await fitRunMlp(fitData, run, backend) : await fitLinear(fitData);
    const facts = { encoder, maxLength, runtime, dtype, input, features, classes, createdBy };
    await saveClassifier(options.classifier, { ...facts, head: fit.head });
    return {
      dev: fit.dev,
      best: fit.best,
      cut: { train: computeTruncation(train.cut), dev: computeTruncation(dev.cut) },
      log: toJsonl(fit.log),
    };
  } finally {
    await embed.dispose();
  }
}

function fitRunMlp(data: FitData, { flags, seeds }: Run, backend: Backend) {
  return fitMlp(data, {
    backend,
    learningRates: flags.learningRates ?? [0.0003, 0.001, 0.003],
    batchSizes: flags.batchSize ?? [64],
    epochs: flags.epochs ?? 10,
    weightDecay: flags.weightDecay,
    earlyStop: flags.earlyStop,
    seed: seeds.train,
  });
}

async function embedAndTell(
  examples: readonly Example[],
  seen: Parameters<typeof embedExamples>[1],
  ctx: Context,
) {
  return embedExamples(examples, seen, createEmbedProgress("embedded", ctx.log));
}
