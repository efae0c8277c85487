import { basename, join } from "node:path";
import {
  bagOfWords,
  type Context,
  collectConditions,
  countLabels,
  type Dtype,
  describeMachine,
  ExpectedError,
  endings,
  isCreated,
  lockFolder,
  openBackend,
  type Run,
  readManifest,
  removeInside,
  renderCount,
  renderPercent,
  renderTexts,
  shortenModelName,
  sources,
  toAnswer,
  toRunName,
  toTrainingFolder,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { hashRunReading } from "../checkpoint/encoder-hash.ts";
import { classifierFiles, hashClassifier, readFacts } from "../classifier/facts.ts";
import { renderModelCard } from "../classifier/model-card.ts";
import { trainClassifier } from "../classifier/train-classifier.ts";
import type { TrainedClassifier } from "../classifier/train-options.ts";
import {
  renderCalibration,
  renderFit,
  renderOlder,
  type TrainingManifest,
  trainingManifestSchema,
} from "../classifier/training-manifest.ts";
import { computeDevConstant, renderFewLabels } from "../data/label-counts.ts";
import { renderForeignLanguage } from "../data/language.ts";
import type { TrainingData } from "../data/training-data.ts";
import { renderTrial } from "../data/trials.ts";
import { findWeightsDtype } from "../features/frozen-encoder.ts";
import { renderTruncated } from "../features/truncation.ts";
import { isTrained, planTraining, type TrainingTodo } from "./plan.ts";
import { selectTraining } from "./select-training.ts";

/** The files of a training in its folder, with its manifest. */
export const trainingFiles = {
  classifier: "classifier",
  log: "classifier/training.jsonl",
  /** State of a full tuning between its epochs; removed when it is done. */
  state: "tuning",
} as const;

/**
 * Trains a run's classifier, unless that is done. A run without a classifier is passed over, and one whose
 * creation failed, which has said so itself, or goes on another day.
 * @param runs all of the invocation: a full tuning may repeat the choice of another seed
 * @throws ExpectedError if it cannot start; LockedError if another process trains it
 */
export async function trainRun(run: Run, runs: readonly Run[], ctx: Context): Promise<void> {
  if (!sources[run.source].trains) return;
  const name = toRunName(run);
  const folder = toTrainingFolder(run);
  const plan = await planTraining(run, runs, ctx);
  if (plan.state === "cannot start") throw plan.error;
  if (plan.state === "waits") {
    if (plan.for === "creation") throw new ExpectedError(plan.why);
    if (plan.for === "failed creation") return;
    removeInside(join(folder, endings.failed));
    return ctx.log(`${name}: ${plan.why}`);
  }
  if (plan.state === "done") {
    const manifest = await readManifest(join(folder, endings.done), trainingManifestSchema);
    const older = manifest ? renderOlder(manifest.student, manifest.data) : "";
    const advice = older && `${older}, in another way; remove ${folder} to train it again`;
    return ctx.log(`${name}: already trained${advice}`);
  }
  const { repeats, choice } = plan.grid;
  if (repeats && !choice)
    throw new ExpectedError(
      `--grid-seeds ${run.flags.gridSeeds}: expected the choice of ${toRunName(repeats)} to repeat, but that run was not trained`,
    );
  const unlock = lockFolder(folder);
  try {
    // Another process may have trained it before the lock was free.
    if (await isTrained(run, plan.inputs)) ctx.log(`${name}: already trained`);
    else await train(run, plan, ctx);
  } finally {
    unlock();
  }
}

async function train(run: Run, todo: TrainingTodo, ctx: Context): Promise<void> {
  const { flags, seeds, task } = run;
  const { inputs, grid } = todo;
  const folder = toTrainingFolder(run);
  const backend = await openBackend({ force: flags.backend });
  const dtype = flags.tune === "full" ? null : await findWeightsDtype(flags);
  const models = {
    backend,
    vectorCache: join(flags.results, "cache", "embeddings"),
    log: ctx.log,
    fetch: ctx.fetch,
    env: ctx.env,
  };
  const { data, outputs } = await selectTraining(run, todo.data, models);
  ctx.log(
    `${toRunName(run)}: training on ${renderCount(data.train.length, "example")}, ${renderChoosing(data)}; ${renderSetup(flags, dtype, backend.describe)}`,
  );
  if (data.review) ctx.log(`  ${renderReview(data.review)}`);
  if (data.repeats > 0)
    ctx.log(
      `  ${basename(flags.created ?? "")}: ${renderCount(data.repeats, "example")} with the text of an earlier one${flags.distinct ? " left out" : " (--distinct leaves them out)"}`,
    );
  const untrained = task.options === "fixed" && renderUntrained(data);
  if (untrained) ctx.log(`  ${untrained}`);
  for (const line of renderFewLabels(task.labels ?? [], data.train)) ctx.log(`  ${line}`);
  const texts = data.train.map(({ question }) => question);
  const foreign = task.own && (await renderForeignLanguage(texts, flags.encoder));
  if (foreign) ctx.log(`  ${foreign}`);
  const { choice } = grid;
  const classifier = await trainClassifier(data.train, {
    ...flags,
    ...(choice && { learningRates: [choice.learningRate], batchSize: [choice.batchSize] }),
    dtype,
    seed: seeds.train,
    dev: data.devSource === "folds" ? "folds" : data.dev,
    classes: task.labels,
    descriptions: task.own?.descriptions ?? null,
    agreement: data.creation?.labelCheck?.agreement ?? null,
    created: isCreated(run.source) && data.devSource !== "human",
    ...models,
    folder: join(folder, trainingFiles.state),
  });
  const to = join(folder, trainingFiles.classifier);
  const { training } = classifier;
  try {
    removeInside(to);
    await classifier.save(to);
  } finally {
    await classifier.dispose();
  }
  writeAtomic(join(folder, trainingFiles.log), training.log);
  const reading = hashRunReading(flags);
  const manifest = createManifest(run, data, training, dtype, {
    backend: backend.describe,
    settings: backend.settings,
    // A model of the hub says only once it is here how it is read.
    inputs: { ...inputs, ...(reading && { reading }) },
    outputs: { classifier: await hashClassifier(to), ...outputs },
  });
  writeAtomic(
    join(to, classifierFiles.card),
    renderModelCard(manifest, { threshold: readFacts(to).threshold }),
  );
  writeEnding(folder, "done", manifest);
  removeInside(join(folder, trainingFiles.state));
  ctx.log(`  ${renderSummary(manifest)}`);
}

/**
 * What is trained, and what computes it: transformers.js runs onnx encoders, and a linear head needs no
 * tensors.
 * @param dtype of a frozen encoder's onnx weights; null: it has none
 * @param backend its description
 */
export function renderSetup(
  { encoder, tune, head }: Pick<Run["flags"], "encoder" | "tune" | "head">,
  dtype: Dtype | null,
  backend: string,
): string {
  const name = shortenModelName(encoder);
  if (tune === "full") return `full tuning of ${name}, backend ${backend}`;
  if (encoder === bagOfWords) return `bag of words (tf-idf), ${head ?? "linear"} head`;
  const weights = dtype ? ` (${dtype}, transformers.js)` : "";
  const usesBackend = !dtype || head === "mlp";
  return `encoder ${name}${weights}, ${head ?? "linear"} head${usesBackend ? `, backend ${backend}` : ""}`;
}

function countReviewed({ changed, deleted, added }: NonNullable<TrainingData["review"]>): number {
  return changed + deleted + added;
}

function renderChoosing({ dev, devSource }: Pick<TrainingData, "dev" | "devSource">): string {
  return devSource === "folds"
    ? "judged on five folds of them"
    : `choosing on ${dev.length} (dev ${devSource})`;
}

/** What a person's review did to the created examples, and what of it no example is left for. */
function renderReview(review: NonNullable<TrainingData["review"]>): string {
  const { changed, deleted, added, unknown } = review;
  const parts = [
    `${renderCount(changed, "example")} changed`,
    `${deleted} deleted`,
    `${added} rejected ones taken in`,
  ];
  const left =
    unknown > 0
      ? `; ${renderCount(unknown, "change")} left out, of examples that are not in created.jsonl any more: review shows it as it is now`
      : "";
  return `reviewed: ${parts.join(", ")}${left}`;
}

/** Says how much of the dev split has labels that no training example has; null: nothing has. */
export function renderUntrained({
  train,
  dev,
}: Pick<TrainingData, "train" | "dev">): string | null {
  const trained = new Set(train.map(toAnswer));
  const labels = dev.map(toAnswer).filter((label) => !trained.has(label));
  if (labels.length === 0) return null;
  return `${labels.length} of ${renderCount(dev.length, "dev example")} with labels that no training example has, ${renderTexts([...new Set(labels)])}: the dev accuracy counts them as wrong; give more examples of each label, or a dev split`;
}

/** The best trial in words, and what must be known of it. */
function renderSummary({ dev, best, cut, fit, calibration }: TrainingManifest): string {
  const { accuracy, constant, collapsed } = dev;
  const sameAnswer = collapsed ? "; collapsed: one answer for every dev item" : "";
  const { tokens } = cut.train;
  const truncated = tokens > 0 ? `; ${renderTruncated(tokens)} of the tokens cut` : "";
  const beside = constant === undefined ? "" : ` (a constant answer ${renderPercent(constant)})`;
  const where = dev.source === "folds" ? "accuracy on the folds" : "dev accuracy";
  const fitted = fit ? ` (${renderFit(fit)})` : "";
  const calibrated = calibration ? `; ${renderCalibration(calibration)}` : "";
  return `${where} ${renderPercent(accuracy)}${beside} at ${renderTrial(best)}${fitted}${calibrated}${sameAnswer}${truncated}`;
}

function createManifest(
  run: Run,
  data: TrainingData,
  { best, cut, accuracy, loss, collapsed, fit, calibration }: TrainedClassifier["training"],
  dtype: Dtype | null,
  made: Pick<TrainingManifest, "backend" | "settings" | "inputs" | "outputs">,
): TrainingManifest {
  const { flags, task, source, seeds } = run;
  const judged = data.devSource === "folds" ? data.train : data.dev;
  return {
    version: 1,
    stage: "train",
    task: task.name,
    ...(task.folder && { taskFolder: task.folder }),
    source,
    seeds,
    data: data.data,
    completions: data.creation?.completions ?? null,
    train: {
      n: data.train.length,
      target: data.target,
      human: data.human,
      labels: task.options === "fixed" ? countLabels(data.train) : null,
      ...(data.repeats > 0 && { repeats: data.repeats }),
    },
    dev: {
      source: data.devSource,
      n: judged.length,
      accuracy,
      loss,
      ...(task.labels && {
        constant: computeDevConstant(data.train, judged),
        labels: countLabels(judged),
      }),
      collapsed,
    },
    student: {
      encoder: shortenModelName(flags.encoder),
      tune: flags.tune,
      ...(flags.tune === "full" && { batches: "random" }),
      ...(task.own && { defaults: "own" }),
    },
    conditions: toTrainingConditions(run, data, dtype),
    ...(fit && { fit }),
    ...(calibration && { calibration }),
    best,
    cut,
    ...made,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}

/** Conditions that have a key of their own in the manifest. */
const namedElsewhere = ["examples", "model", "encoder", "tune", "dev", "addHuman"];

/**
 * Everything that was not left at its default: rows of a table that differ in it are kept apart.
 * @param found the number type of a frozen encoder's weights: q8 counts, also where a folder had no other
 */
export function toTrainingConditions(
  run: Run,
  { creation, review }: Pick<TrainingData, "creation" | "review">,
  found: Dtype | null = null,
): TrainingManifest["conditions"] {
  const dtype: Record<string, unknown> = found === "q8" ? { dtype: found } : {};
  const all = { ...creation?.conditions, ...collectConditions(run, "train"), ...dtype };
  const kept = Object.entries(all).filter(([name]) => !namedElsewhere.includes(name));
  const shown = Object.fromEntries(kept.map(([name, value]) => [name, toShown(value)]));
  for (const name of ["created", "pool"] as const) {
    const path = run.flags[name];
    if (path !== null && all[name] !== undefined) shown[name] = `${basename(path)} (${all[name]})`;
  }
  if (review) return { ...shown, review: `${countReviewed(review)} changed (${review.hash})` };
  return shown;
}

function toShown(value: unknown): string | number | boolean | null {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "string") return shortenModelName(value);
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}
