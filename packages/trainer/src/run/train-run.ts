import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  type Context,
  countLabels,
  creationFiles,
  type Dtype,
  describeMachine,
  ExpectedError,
  endings,
  isCreated,
  isDone,
  lockFolder,
  openBackend,
  type Run,
  readFailure,
  renderPercent,
  shortenModelName,
  sources,
  toCreationFolder,
  toResultPath,
  toRunName,
  toTrainingFolder,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import own from "../../package.json" with { type: "json" };
import { hashEncoder } from "../checkpoint/encoder-hash.ts";
import { hashClassifier } from "../classifier/classifier-files.ts";
import { renderModelCard } from "../classifier/model-card.ts";
import type { Trained } from "../classifier/trained.ts";
import { type TrainingManifest, trainingManifestSchema } from "../classifier/training-manifest.ts";
import { renderTrainingSetup, renderTrial, renderTruncated } from "../data/render-trained.ts";
import { hashExamples, loadTrainingData, type TrainingData } from "../data/training-data.ts";
import type { TrialSettings } from "../data/trials.ts";
import { findWeightsDtype } from "../features/frozen-encoder.ts";
import { fitRun } from "../head/fit-run.ts";
import { tuneRun } from "../tune/tune-run.ts";
import { toTrainingConditions } from "./conditions.ts";
import { findPause } from "./pause.ts";
import { readChoice } from "./read-choice.ts";

/** The files of a training beside its manifest. */
export const trainingFiles = {
  classifier: "classifier",
  log: "classifier/training.jsonl",
  /** Where a full tuning stands between its epochs; gone when it is done. */
  state: "tuning",
} as const;

/** What wrote a classifier. */
const createdBy = `seedling ${own.version}`;

/**
 * Trains a run's classifier, unless it is there: examples -> frozen encoder -> head, chosen on the
 * dev split. A run whose creation failed is passed over: it is told of already; so is one whose
 * creation goes on another day, and one that trains nothing.
 * @param runs all of the invocation: a full tuning may repeat the choice of another seed
 * @throws LockedError if another process trains it
 */
export async function trainRun(run: Run, runs: readonly Run[], ctx: Context): Promise<void> {
  if (!sources[run.source].trains) return;
  if (isCreated(run.source) && (await readFailure(toCreationFolder(run)))) return;
  const folder = toTrainingFolder(run);
  const pause = await findPause(run);
  if (pause !== null) {
    rmSync(join(folder, endings.failed), { force: true });
    ctx.log(`${toRunName(run)}: ${pause}`);
    return;
  }
  const data = await loadTrainingData(run, ctx);
  checkExamples(data);
  const known = await toInputs(run, data);
  const isDoneBy = (inputs: TrainingManifest["inputs"]) =>
    isDone(folder, trainingManifestSchema, inputs);
  const choice = await readChoice(run, runs).catch(async (error: unknown) => {
    // What is trained stays, whatever became of the seed whose choice it repeats.
    if (error instanceof ExpectedError && (await isDoneBy(known))) return undefined;
    throw error;
  });
  const inputs = { ...known, ...(choice !== undefined && toGridInput(run, choice)) };
  const isTrained = () => isDoneBy(inputs);
  const unlock = (await isTrained()) ? null : lockFolder(folder);
  try {
    // Another process may have trained it before the lock was free.
    if (unlock === null || (await isTrained())) ctx.log(`${toRunName(run)}: already trained`);
    else await trainIn(folder, { run, data, choice: choice ?? null, inputs, ctx });
  } finally {
    unlock?.();
  }
}

/** @throws ExpectedError if there is nothing to train on, or to choose by */
function checkExamples({ train, dev, devSource }: TrainingData): void {
  if (train.length === 0 || dev.length === 0)
    throw new ExpectedError(
      `expected examples to train on and to choose by, got ${train.length} and ${dev.length} (dev ${devSource})`,
    );
}

/** What a training is known by beside its flags. */
async function toInputs(run: Run, data: TrainingData) {
  const encoder = await hashEncoder(run.flags);
  const created = data.creation?.outputs[creationFiles.created];
  const path = join(toCreationFolder(run), creationFiles.created);
  return {
    train: hashExamples(data.train),
    dev: hashExamples(data.dev),
    ...(encoder && { encoder }),
    ...(created && { [toResultPath(run.flags.results, path)]: created }),
  };
}

/** Which seed chooses depends on the others of the command, so that flags do not tell the choice. */
function toGridInput({ flags }: Run, choice: TrialSettings | null): { grid?: string } {
  if (flags.tune !== "full" || flags.gridSeeds === null) return {};
  if (choice === null) return { grid: "own" };
  return { grid: `learningRate ${choice.learningRate}, batchSize ${choice.batchSize}` };
}

/** A training that is not done. */
interface Work {
  run: Run;
  data: TrainingData;
  choice: TrialSettings | null;
  inputs: TrainingManifest["inputs"];
  ctx: Context;
}

async function trainIn(folder: string, { run, data, choice, inputs, ctx }: Work): Promise<void> {
  const { flags } = run;
  const backend = await openBackend({ force: flags.backend });
  const dtype = flags.tune === "full" ? null : await findWeightsDtype(flags);
  ctx.log(
    `${toRunName(run)}: training on ${data.train.length} examples, choosing on ${data.dev.length} (dev ${data.devSource}); ${renderTrainingSetup(flags, dtype, backend.describe)}`,
  );
  const classifier = join(folder, trainingFiles.classifier);
  const options = { run, data, backend, ctx, classifier, createdBy };
  const state = join(folder, trainingFiles.state);
  const trained =
    flags.tune === "full"
      ? await tuneRun({ ...options, folder: state, choice })
      : await fitRun({ ...options, dtype });
  writeAtomic(join(folder, trainingFiles.log), trained.log);
  const outputs = { classifier: await hashClassifier(classifier) };
  const manifest = toManifest(run, data, backend, { ...trained, dtype, inputs, outputs });
  writeAtomic(join(classifier, "README.md"), renderModelCard(manifest));
  writeEnding(folder, "done", manifest);
  await trained.finish?.();
  ctx.log(`  dev accuracy ${renderPercent(trained.dev.accuracy)}${renderTrained(trained)}`);
}

/** The best point in words, and what must be known of it. */
function renderTrained({ best, dev, cut }: Trained): string {
  const collapsed = dev.collapsed ? "; collapsed: one answer for every dev item" : "";
  const share =
    cut.train.tokens > 0 ? `; ${renderTruncated(cut.train.tokens)} of the tokens cut` : "";
  return ` at ${renderTrial(best)}${collapsed}${share}`;
}

function toManifest(
  run: Run,
  data: TrainingData,
  { describe, settings }: Backend,
  facts: Pick<Trained, "dev" | "best" | "cut"> &
    Pick<TrainingManifest, "inputs" | "outputs"> & { dtype: Dtype | null },
): TrainingManifest {
  const { dev, best, cut, dtype, inputs, outputs } = facts;
  const { flags, task } = run;
  return {
    version: 1,
    stage: "train",
    task: task.name,
    source: run.source,
    seeds: run.seeds,
    data: data.data,
    completions: data.creation?.completions ?? null,
    train: {
      n: data.train.length,
      target: data.target,
      human: data.human,
      labels: task.options === "fixed" ? countLabels(data.train) : null,
    },
    dev: { source: data.devSource, n: data.dev.length, ...dev },
    student: { encoder: shortenModelName(flags.encoder), tune: flags.tune },
    conditions: toTrainingConditions(run, data, dtype),
    best,
    cut,
    backend: describe,
    settings,
    inputs,
    outputs,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}
