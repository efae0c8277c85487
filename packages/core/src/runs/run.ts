import { basename, join } from "node:path";
import { type DataFolder, dataKindOf } from "../data/benchmark.ts";
import { toRecord } from "../data/example.ts";
import { hashRows } from "../data/rows.ts";
import { isCreated, type Source, sources } from "../data/sources.ts";
import { type Task, toFolderName } from "../data/tasks.ts";
import {
  axes,
  type Changes,
  type Flag,
  type FlagName,
  type Flags,
  findUsual,
  flagNames,
  flagTable,
  isReadBy,
} from "../flags/flags.ts";
import { hashValue, sha256 } from "../logs/files.ts";
import type { LiveModel } from "./live-model.ts";
import type { Recording } from "./recording.ts";
import { hashReview, type Review, readReview } from "./review.ts";

/** The origin of a created source's replies: a live model, or a recording. */
export type Completions =
  | ({ kind: "live" } & LiveModel)
  | { kind: "replay" | "sample"; model: string; recording: Recording };

/** The three seeds of a run. */
export interface Seeds {
  example: number;
  creation: number;
  train: number;
}

/** One row of an experiment: a task, what is trained on, and the seeds, with all it takes. */
export interface Run {
  task: Task;
  source: Source;
  seeds: Seeds;
  /** In-domain first, where the task has a test split; then cross-domain. */
  tests: Task[];
  /** Flags with a recording's values instead of the defaults, and with absolute paths. */
  flags: Flags;
  data: DataFolder;
  /** null for what is not created. */
  completions: Completions | null;
  /** Its flags that differ from those of the experiment's other grids, in words; empty: none does. */
  grid: string;
  /** Whether nobody asked for it: a row that others are to be compared with (`--baselines`). */
  isBaseline?: true;
}

/** A run as its lines in the terminal name it. */
export function toRunName({ task, source, seeds, grid }: Run): string {
  return [`${task.name} ${source} seed ${renderSeeds(seeds)}`, grid].filter(Boolean).join(" ");
}

/** One number where the three are the same, else those of formatting example, creation and training: `1/1/2`. */
export function renderSeeds({ example, creation, train }: Seeds): string {
  const same = example === creation && creation === train;
  return same ? String(train) : `${example}/${creation}/${train}`;
}

/**
 * The values that a stage reads and that differ from what every earlier version did. Only these name its result, so
 * a flag added later leaves old runs valid. Files count by their content.
 */
export function collectConditions(run: Run, stage: Changes): Record<string, unknown> {
  const conditions: Record<string, unknown> = {};
  for (const name of flagNames) {
    const { changes }: Flag<unknown> = flagTable[name];
    if (changes !== stage || axes.includes(name) || !isReadBy(name, run.source, run.flags))
      continue;
    if (JSON.stringify(run.flags[name]) !== JSON.stringify(findUsual(name)))
      conditions[name] = toContent(name, run);
  }
  return conditions;
}

function toContent(name: FlagName, { flags, completions }: Run): unknown {
  const value = flags[name];
  const isRecorded = name === "example" || (name === "instruction" && value !== "original");
  if (!isRecorded && name !== "created" && name !== "pool") return value;
  // A replay has the recording's wording; the file that it was in may be gone.
  if (isRecorded && completions && completions.kind !== "live")
    return sha256(completions.recording.instructionText);
  return hashRows(String(value)).slice(0, 12);
}

/**
 * Identifies a creation, the answers of `direct`, or the draw from the train split of `human`. An own
 * task is known by its name and fingerprint: its folder may move.
 */
function identifyCreation(run: Run): Record<string, unknown> {
  const { task, source, seeds, data, completions, flags } = run;
  const where = dataKindOf(task, data) === "sample" ? { data: "sample" } : {};
  const base = {
    task: task.name,
    source,
    ...where,
    ...(task.fingerprint && { mark: task.fingerprint }),
  };
  if (!sources[source].asksModel || completions === null) {
    const { examples } = flags;
    const draw = sources[source].isHuman ? { seed: seeds.creation } : {};
    const isSized = examples !== null && sources[source].trains;
    return { ...base, ...(isSized && { examples, ...draw }) };
  }
  if (sources[source].isPool) return { ...base, ...identifyPool(run, completions) };
  if (completions.kind === "live") {
    const isOwn = flags.example === null && sources[source].trains;
    const drawn = isOwn && !task.own?.examples.length;
    const example = drawn ? { exampleSeed: seeds.example } : isOwn ? toFurther(task) : {};
    const conditions = collectConditions(run, "create");
    return { ...base, ...example, ...toAgainst(run), creationSeed: seeds.creation, ...conditions };
  }
  const { examples, tokens } = flags;
  const target = sources[source].trains ? { examples, ...(tokens !== null && { tokens }) } : {};
  return { ...base, recording: completions.recording.hash, ...target };
}

/** Texts of the user's own that the language model labels, unless they stand in what is evaluated on. */
function identifyPool(run: Run, completions: Completions): Record<string, unknown> {
  const { flags, seeds, tests } = run;
  const answered =
    completions.kind === "live"
      ? { creationSeed: seeds.creation, ...collectConditions(run, "create") }
      : { recording: completions.recording.hash };
  const texts = { pool: toContent("pool", run), limit: flags.poolLimit };
  return { ...texts, ...answered, against: nameTests(tests) };
}

/** The run that labels the texts that a run is trained on beside what is created for it; null: there are none. */
export function toPoolRun(run: Run): Run | null {
  const { isCreated: creates, isPool } = sources[run.source];
  if (!creates || isPool || run.flags.pool === null) return null;
  return { ...run, source: "pool", flags: { ...run.flags, examples: null, tokens: null } };
}

/** The first of an own task's formatting examples stands in its fingerprint. */
function toFurther({ own }: Task): Record<string, unknown> {
  const further = own?.examples.slice(1) ?? [];
  return further.length > 0 ? { further: hashValue(further.map(toRecord)).slice(0, 12) } : {};
}

/** A filter by contamination depends on what is evaluated on. */
function toAgainst({ source, flags, tests }: Run): Record<string, unknown> {
  if (!isReadBy("reject", source, flags) || !flags.reject?.includes("contaminated")) return {};
  return { against: nameTests(tests) };
}

function nameTests(tests: readonly Task[]) {
  return tests.map(({ name, fingerprint }) => [name, fingerprint ?? null]);
}

const heldReviews = new WeakMap<Run, Review>();

/** Holds what is said of runs' creations until their command ends: what a person says while it trains is the next one's. */
export function holdReviews(runs: readonly Run[]): void {
  for (const run of runs) heldReviews.set(run, getReview(run));
}

/** What is said of a run's creation, as it is or is held; empty where nothing was created. */
export function getReview(run: Run): Review {
  const held = heldReviews.get(run);
  if (held) return held;
  return isCreated(run.source) ? readReview(toCreationFolder(run)) : new Map();
}

function identifyTraining(run: Run): Record<string, unknown> {
  const review = hashReview(getReview(run));
  const pool = toPoolRun(run);
  const training = {
    trainSeed: run.seeds.train,
    ...collectConditions(run, "train"),
    ...(review && { review }),
    ...(pool && { labelled: identifyCreation(pool) }),
  };
  return { ...identifyCreation(run), training };
}

/** The folder of a creation, or of the language model's own answers. */
export function toCreationFolder(run: Run): string {
  const kind = sources[run.source].trains ? "creations" : "answers";
  return toFolder(run, kind, identifyCreation(run));
}

/** The folder of the language model's own answers to one test set. */
export function toAnswersFolder(run: Run, test: Task): string {
  return join(toCreationFolder(run), toTestFolderName(test));
}

export function toTrainingFolder(run: Run): string {
  return toFolder(run, "trainings", identifyTraining(run));
}

export function toEvaluationFolder(run: Run, test: Task): string {
  return join(toFolder(run, "evaluations", identifyTraining(run)), toTestFolderName(test));
}

function toTestFolderName(test: Task): string {
  const name = test.folder && !test.own ? basename(test.folder) : test.name;
  return [toFolderName(name), test.fingerprint].filter(Boolean).join("-");
}

function toFolder({ task, source, flags }: Run, kind: string, identity: unknown): string {
  const id = hashValue(identity).slice(0, 12);
  return join(flags.results, kind, toFolderName(task.name), source, id);
}
