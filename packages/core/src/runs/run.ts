import type { DataFolder } from "../data/benchmark.ts";
import type { Source } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import type { Flags } from "../flags/flags.ts";
import type { LiveModel } from "./live-model.ts";
import type { Recording } from "./recording.ts";

/** Where a created source's replies come from. */
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
  /** With a recording's values in place of the defaults, and paths made absolute. */
  flags: Flags;
  data: DataFolder;
  /** null for what is not created. */
  completions: Completions | null;
  /** What sets it apart from the runs of an experiment's other grids, in words; empty: nothing does. */
  grid: string;
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
