import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  type CreationManifest,
  creationFiles,
  creationManifestSchema,
  type DownloadDependencies,
  type Example,
  ExpectedError,
  endings,
  hasLinearHead,
  hasSplit,
  isCreated,
  isDone,
  loadSplit,
  type Run,
  readFailure,
  readManifest,
  renderCount,
  sources,
  toAnswer,
  toCreationFolder,
  toPoolRun,
  toResultPath,
  toTrainingFolder,
} from "@seedling/core/internal";
import { hashEncoder, hashRunReading, toLocalFolder } from "../checkpoint/encoder-hash.ts";
import { type TrainingManifest, trainingManifestSchema } from "../classifier/training-manifest.ts";
import { hashExamples, loadTrainingData, readUsableCreation } from "../data/training-data.ts";
import { hashSelectEncoder } from "./select-training.ts";

/** What the training of a run, of a source that trains, is to do. */
export type TrainingPlan =
  | { state: "done" }
  | {
      state: "waits";
      for: "creation" | "failed creation" | "paused creation" | "download";
      why: string;
    }
  | { state: "cannot start"; error: ExpectedError }
  | TrainingTodo;

/** A training that can start. */
export interface TrainingTodo {
  state: "todo";
  data: Awaited<ReturnType<typeof loadTrainingData>>;
  /** Hashes of what it is made of. */
  inputs: TrainingManifest["inputs"];
  grid: Awaited<ReturnType<typeof findGrid>>;
}

/**
 * Plans a run's training, by the same hashes as its manifest. A benchmark's missing files are downloaded.
 * @param runs all of the invocation: a full tuning may repeat the choice of another seed
 */
export async function planTraining(
  run: Run,
  runs: readonly Run[],
  deps: DownloadDependencies,
): Promise<TrainingPlan> {
  try {
    const pool = toPoolRun(run);
    const waits =
      (isCreated(run.source) ? await findWait(run) : null) ?? (pool && (await findWait(pool)));
    if (waits) return waits;
    const data = await loadTrainingData(run, deps);
    const isChoosable = data.devSource === "folds" || data.dev.length > 0;
    if (data.train.length === 0 || !isChoosable)
      throw new ExpectedError(
        `expected examples to train on and to choose by, got ${data.train.length} and ${data.dev.length} (dev ${data.devSource})`,
      );
    checkLabels(run, data.train);
    const grid = await findGrid(run, runs);
    const inputs = await hashInputs(run, data, grid);
    if (await isTrained(run, inputs)) return { state: "done" };
    await checkTests(run, deps);
    return { state: "todo", data, inputs, grid };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { state: "cannot start", error };
  }
}

/** @throws ExpectedError where an own task's classifier could learn one answer only */
function checkLabels({ task, source, flags }: Run, train: readonly Example[]): void {
  const [first] = train;
  if (!task.own || !task.labels || !first || flags.names !== "off") return;
  const label = toAnswer(first);
  if (train.some((example) => toAnswer(example) !== label)) return;
  const help = [
    "give examples of the others",
    ...(isCreated(source) && !flags.balance ? ["create with --balance"] : []),
    ...(hasLinearHead(flags) ? ["--names on, with which the labels' names speak for them"] : []),
  ];
  throw new ExpectedError(
    `expected training examples of two labels at least, got ${renderCount(train.length, "example")} of ${JSON.stringify(label)}: ${help.join(", or ")}`,
  );
}

/** Reads the user's own test sets, so that a wrong label in one is known before anything is encoded. */
async function checkTests({ tests, data }: Run, deps: DownloadDependencies): Promise<void> {
  for (const test of tests)
    if (test.folder !== undefined && (await hasSplit(test, "test", data)))
      await loadSplit(test, "test", data, deps);
}

/** Plans a run without a download: one whose files are still to be fetched waits for them. */
export async function planOffline(
  run: Run,
  runs: readonly Run[],
  deps: DownloadDependencies,
): Promise<TrainingPlan> {
  const { task, flags, data, source } = run;
  const isNeeded = {
    train: sources[source].isHuman || flags.addHuman !== null,
    dev: flags.dev === null || flags.dev === "human",
  };
  for (const split of ["train", "dev"] as const) {
    const isHere = await hasSplit(task, split, { ...data, download: false });
    if (isNeeded[split] && !isHere && (await hasSplit(task, split, data))) {
      const why = `the ${split} split of ${task.name} is not on this machine`;
      return { state: "waits", for: "download", why };
    }
  }
  return planTraining(run, runs, deps);
}

/** Whether a run is trained, from these very inputs. */
export async function isTrained(run: Run, inputs: TrainingManifest["inputs"]): Promise<boolean> {
  const folder = toTrainingFolder(run);
  if (!(await isDone(folder, trainingManifestSchema, inputs, run.task))) return false;
  const manifest = await readManifest(join(folder, endings.done), trainingManifestSchema);
  // Unlike other inputs, a reading that is not recorded is known: it was the mean of the hidden states.
  return (
    manifest?.inputs.reading === inputs.reading || !existsSync(toLocalFolder(run.flags.encoder))
  );
}

/** How a creation that nothing is wrong with came to stand still; other ends are done, or failures. */
const pauses: Partial<Record<NonNullable<CreationManifest["stopped"]>, string>> = {
  cap: "stopped at its cap",
  batch: "waits for its batch",
  preview: "is a preview",
};

/**
 * What a run waits for that is trained on created examples, or null; `--allow-short` trains on what is
 * there, if anything is.
 * @throws ExpectedError if its creation cannot start
 */
async function findWait(run: Run): Promise<TrainingPlan | null> {
  const creation = await readUsableCreation(run);
  if (creation && creation.kept > 0) return null;
  const folder = toCreationFolder(run);
  if (await readFailure(folder))
    return { state: "waits", for: "failed creation", why: "its creation failed" };
  const path = join(folder, endings.partial);
  const partial = creation ?? (await readManifest(path, creationManifestSchema));
  const pause = partial?.stopped && pauses[partial.stopped];
  if (partial && pause) {
    const advice = partial.kept > 0 ? " (--allow-short trains on these)" : "";
    const kept = `${partial.kept} of ${partial.target} kept`;
    const why = `creation ${pause}, ${kept}: not trained${advice}`;
    return { state: "waits", for: "paused creation", why };
  }
  if (creation) return null;
  const { task, data, flags, completions } = run;
  const drawsExample =
    completions?.kind === "live" &&
    !sources[run.source].isPool &&
    flags.example === null &&
    !task.own?.examples.length;
  if (drawsExample && !(await hasSplit(task, "train", data)))
    throw new ExpectedError(
      `its creation cannot start: expected the train split of ${task.name}, or --example FILE`,
    );
  const why = `${folder}: expected created examples; run the creator first`;
  return { state: "waits", for: "creation", why };
}

async function hashInputs(
  run: Run,
  data: TrainingTodo["data"],
  grid: TrainingTodo["grid"],
): Promise<TrainingManifest["inputs"]> {
  const { flags } = run;
  const encoder = await hashEncoder(flags);
  const reading = hashRunReading(flags);
  const selectEncoder = await hashSelectEncoder(run);
  const created = data.creation?.outputs[creationFiles.created];
  const path = join(toCreationFolder(run), creationFiles.created);
  return {
    train: hashExamples(data.train),
    dev: hashExamples(data.dev),
    ...(encoder && { encoder }),
    ...(reading && { reading }),
    ...(selectEncoder && { selectEncoder }),
    ...(created && { [toResultPath(flags.results, path)]: created }),
    ...(flags.tune === "full" && flags.gridSeeds !== null && grid.name && { grid: grid.name }),
  };
}

/**
 * Finds what a full tuning tries: by `--grid-seeds n`, the first n seeds of an experiment try the whole grid; the
 * others repeat the first's choice.
 * @returns the run whose choice is repeated, that choice, and a name for the inputs, since it depends on the others
 *   of the command; no name where the choice is not there: what is trained stays, whatever became of that seed
 */
export async function findGrid(run: Run, runs: readonly Run[]) {
  const repeats = findRepeated(run, runs);
  if (!repeats) return { repeats, choice: null, name: "own" };
  const path = join(toTrainingFolder(repeats), endings.done);
  // One that is damaged is named where that seed itself is planned.
  const manifest = await readManifest(path, trainingManifestSchema).catch((error: unknown) => {
    if (error instanceof ExpectedError) return null;
    throw error;
  });
  const { learningRate, batchSize } = manifest?.best ?? {};
  if (learningRate === undefined || batchSize === undefined)
    return { repeats, choice: null, name: null };
  const name = `learningRate ${learningRate}, batchSize ${batchSize}`;
  return { repeats, choice: { learningRate, batchSize }, name };
}

/** The run whose choice of a trial another repeats; null: it tries the grid itself. */
export function findRepeated(run: Run, runs: readonly Run[]): Run | null {
  const { gridSeeds, tune } = run.flags;
  if (tune !== "full" || gridSeeds === null) return null;
  // Runs of one experiment: all but the seeds is the same.
  const toKey = ({ task, source, flags, data, completions }: Run) => {
    return [task.name, task.fingerprint, source, completions?.kind, data, flags];
  };
  const siblings = runs.filter((other) => isDeepStrictEqual(toKey(other), toKey(run)));
  return siblings.indexOf(run) < gridSeeds ? null : (siblings[0] ?? null);
}
