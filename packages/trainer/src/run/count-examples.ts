import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Context,
  type Example,
  exists,
  hasSplit,
  isCreated,
  loadSplit,
  type Run,
  type Task,
  toCreationFolder,
  toLines,
} from "@seedling/core/internal";
import { countHeldOut } from "../data/training-data.ts";
import type { TrainingPlan } from "./plan.ts";

/** Finds the examples of a split; null: it is not on this machine. */
export type FindSplit = (
  task: Task,
  split: "train" | "dev" | "test",
  data: Run["data"],
) => Promise<readonly Example[] | null>;

/** Creates a search for splits on this machine, each loaded once; none is downloaded. */
export function createFindSplit(ctx: Context): FindSplit {
  const found = new Map<string, Promise<readonly Example[] | null>>();
  return (task, split, data) => {
    const key = JSON.stringify([data, task.folder ?? task.name, split]);
    const here = { ...data, download: false };
    const load = async () =>
      (await hasSplit(task, split, here))
        ? (await loadSplit(task, split, here, ctx)).examples
        : null;
    const loaded = found.get(key) ?? load();
    found.set(key, loaded);
    return loaded;
  };
}

/** How many examples a run trains and chooses on. */
export interface ExampleCounts {
  train: number;
  dev: number;
  /** The task's own dev split; null: what it is chosen by is held out of what it would be trained on. */
  devSplit: readonly Example[] | null;
  /** Examples of its task, to measure lengths by. */
  sample: readonly Example[];
}

/** Counts a run's examples: those that are there, else as many as are wanted. */
export async function countExamples(
  run: Run,
  plan: TrainingPlan | { state: "waits" },
  find: FindSplit,
): Promise<ExampleCounts | null> {
  const { task, data, flags, source } = run;
  const splits = { train: await find(task, "train", data), dev: await find(task, "dev", data) };
  const sample = splits.dev ?? splits.train ?? (task.own ? [task.own.example] : null);
  if (!sample) return null;
  const isHumanDev = flags.dev !== "created" && (await hasSplit(task, "dev", data));
  const devSplit = isHumanDev ? splits.dev : null;
  if (plan.state === "todo") {
    const { train, dev } = plan.data;
    return { train: train.length, dev: dev.length, devSplit, sample };
  }
  const created = join(toCreationFolder(run), "created.jsonl");
  const target =
    flags.examples ??
    (flags.created !== null && (await exists(flags.created))
      ? await countLines(flags.created)
      : null) ??
    (isCreated(source) && (await exists(created)) ? await countLines(created) : null) ??
    splits.train?.length ??
    task.trainSize;
  if (target === null) return null;
  const all = Math.round((target + (flags.addHuman ?? 0)) * flags.fraction);
  if (isHumanDev) return { train: all, dev: splits.dev?.length ?? 0, devSplit, sample };
  const held = countHeldOut(all);
  return { train: all - held, dev: held, devSplit, sample };
}

async function countLines(path: string): Promise<number> {
  return [...toLines(await readFile(path, "utf8"))].length;
}
