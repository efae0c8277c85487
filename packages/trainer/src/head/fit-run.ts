import { join } from "node:path";
import {
  type Backend,
  type Desk,
  type Embed,
  type Example,
  openEmbed,
  places,
  type Run,
  toJsonl,
} from "@seedling/core";
import { saveClassifier } from "../classifier/classifier-files.ts";
import { type Kind, toShareCut, toTexts } from "../features.ts";
import type { Trained } from "../trained.ts";
import type { TrainingData } from "../training-data.ts";
import { fitHead } from "./fit.ts";
import { toItems } from "./items.ts";

export interface FitRunOptions {
  run: Run;
  data: TrainingData;
  backend: Backend;
  desk: Desk;
  /** Where the classifier goes. */
  classifier: string;
  createdBy: string;
}

/** Fits a head on a frozen encoder for a run, and writes the classifier. */
export async function fitRun(options: FitRunOptions): Promise<Trained> {
  const { run, data, backend, desk, createdBy } = options;
  const { flags, task } = run;
  const kind: Kind = task.options === "fixed" ? "classes" : "choice";
  const classes = task.labels && [...task.labels];
  const { encoder, maxLength } = flags;
  const embed = await openEmbed({
    encoder,
    maxLength,
    cacheDir: join(flags.results, "cache", "embeddings"),
    modelsDir: places.models,
    notice: desk.notice,
  });
  try {
    const train = await embedExamples(data.train, kind, embed, desk);
    const dev = await embedExamples(data.dev, kind, embed, desk);
    const fit = await fitHead({
      tf: backend.tf,
      kind,
      train: toItems(data.train, train, classes),
      dev: toItems(data.dev, dev, classes),
      learningRates: flags.learningRates ?? [0.003, 0.01, 0.03, 0.1],
      epochs: flags.epochs ?? 20,
      batchSize: flags.batchSize?.[0] ?? 32,
      seed: run.seeds.train,
    });
    const { head, best, log } = fit;
    await saveClassifier(options.classifier, { encoder, maxLength, classes, createdBy, head });
    return {
      dev: { accuracy: best.devAccuracy ?? 0, loss: best.devLoss ?? 0, collapsed: false },
      best: { learningRate: best.learningRate, epoch: best.epoch },
      cut: { train: toShareCut(train), dev: toShareCut(dev) },
      log: toJsonl(log),
    };
  } finally {
    await embed.dispose();
  }
}

async function embedExamples(examples: Example[], kind: Kind, embed: Embed, desk: Desk) {
  let told = Date.now();
  const texts = examples.flatMap((example) => toTexts(example, kind));
  return embed.embed(texts, (done, total) => {
    if (Date.now() - told < 5000) return;
    told = Date.now();
    desk.notice(`  ${done} of ${total} texts embedded`);
  });
}
