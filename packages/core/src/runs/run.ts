import type { DataFolder } from "../data/benchmark.ts";
import type { Source } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import type { Flags } from "../flags/flags.ts";
import type { LiveModel } from "./live-model.ts";
import type { Recording } from "./recording.ts";

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
