import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  countLabels,
  type Desk,
  type Embed,
  type Example,
  endings,
  isCreated,
  isDone,
  openBackend,
  openEmbed,
  places,
  type Run,
  readFailure,
  sha256,
  toCreationFolder,
  toExamplesJsonl,
  toJsonl,
  toRunName,
  toTrainingFolder,
  writeAtomic,
  writeEnding,
} from "@seedling/core";
import own from "../package.json" with { type: "json" };
import { hashClassifier, saveClassifier } from "./classifier/classifier-files.ts";
import { toModelName, toTrainingConditions } from "./conditions.ts";
import { type Kind, toShareCut, toTexts } from "./features.ts";
import { type Fit, fitHead } from "./head/fit.ts";
import { toItems } from "./head/items.ts";
import { findPause } from "./pause.ts";
import { loadTrainingData, type TrainingData } from "./training-data.ts";
import { type TrainingManifest, trainingManifestSchema } from "./training-manifest.ts";

/** The files of a training beside its manifest. */
export const trainingFiles = { classifier: "classifier", log: "training.jsonl" } as const;

/** What wrote a classifier. */
const createdBy = `seedling ${own.version}`;

/**
 * Trains a run's classifier, unless it is there: examples -> frozen encoder -> head, chosen on the
 * dev split. A run whose creation failed is passed over: it is told of already; so is one whose
 * creation goes on another day.
 */
export async function trainRun(run: Run, desk: Desk): Promise<void> {
  if (isCreated(run.source) && (await readFailure(toCreationFolder(run)))) return;
  const folder = toTrainingFolder(run);
  const pause = await findPause(run);
  if (pause !== null) {
    rmSync(join(folder, endings.failed), { force: true });
    desk.notice(`${toRunName(run)}: ${pause}`);
    return;
  }
  const data = await loadTrainingData(run, desk);
  const inputs = { train: hashExamples(data.train), dev: hashExamples(data.dev) };
  if (await isDone(folder, trainingManifestSchema, inputs)) {
    desk.notice(`${toRunName(run)}: already trained`);
    return;
  }
  const { flags, task } = run;
  const kind: Kind = task.options === "fixed" ? "classes" : "choice";
  const classes = task.labels && [...task.labels];
  const backend = await openBackend();
  const { encoder, maxLength } = flags;
  desk.notice(
    `${toRunName(run)}: training on ${data.train.length} examples, choosing on ${data.dev.length} (dev ${data.devSource}); encoder ${toModelName(encoder)}, backend ${backend.describe}`,
  );
  const cacheDir = join(flags.results, "cache", "embeddings");
  const embed = await openEmbed({
    encoder,
    maxLength,
    cacheDir,
    modelsDir: places.models,
    notice: desk.notice,
  });
  try {
    const train = await embedExamples(data.train, kind, embed, desk);
    const dev = await embedExamples(data.dev, kind, embed, desk);
    const learningRates = flags.learningRates ?? [0.003, 0.01, 0.03, 0.1];
    const epochs = flags.epochs ?? 20;
    const batchSize = flags.batchSize?.[0] ?? 32;
    const fit = await fitHead({
      tf: backend.tf,
      kind,
      train: toItems(data.train, train, classes),
      dev: toItems(data.dev, dev, classes),
      learningRates,
      epochs,
      batchSize,
      seed: run.seeds.train,
    });
    const classifier = join(folder, trainingFiles.classifier);
    await saveClassifier(classifier, { encoder, maxLength, classes, createdBy, head: fit.head });
    writeAtomic(join(folder, trainingFiles.log), toJsonl(fit.log));
    const cut = { train: toShareCut(train), dev: toShareCut(dev) };
    const outputs = { classifier: await hashClassifier(classifier) };
    const facts = { fit, cut, backend: backend.describe, inputs, outputs };
    writeEnding(folder, "done", toManifest(run, data, facts));
    const { devAccuracy, learningRate, epoch } = fit.best;
    const share = cut.train.tokens > 0 ? `; ${toPercent(cut.train.tokens)} of the tokens cut` : "";
    desk.notice(
      `  dev accuracy ${toPercent(devAccuracy ?? 0)} at learning rate ${learningRate}, epoch ${epoch}${share}`,
    );
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

function toManifest(
  run: Run,
  data: TrainingData,
  facts: { fit: Fit } & Pick<TrainingManifest, "cut" | "backend" | "inputs" | "outputs">,
): TrainingManifest {
  const { fit, ...rest } = facts;
  const { learningRate, epoch, devAccuracy, devLoss } = fit.best;
  return {
    version: 1,
    stage: "train",
    task: run.task.name,
    source: run.source,
    seeds: run.seeds,
    data: data.data,
    completions: data.creation?.completions ?? null,
    train: {
      n: data.train.length,
      target: data.target,
      human: data.human,
      labels: run.task.options === "fixed" ? countLabels(data.train) : null,
    },
    dev: {
      source: data.devSource,
      n: data.dev.length,
      accuracy: devAccuracy ?? 0,
      loss: devLoss ?? 0,
    },
    student: { encoder: toModelName(run.flags.encoder), tune: "head" },
    conditions: toTrainingConditions(run, data),
    best: { learningRate, epoch },
    ...rest,
    createdAt: new Date().toISOString(),
  };
}

function hashExamples(examples: readonly Example[]): string {
  return sha256(toExamplesJsonl(examples));
}

function toPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
