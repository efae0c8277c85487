import {
  type Context,
  type Example,
  hasSplit,
  loadSplit,
  type Run,
  type Task,
} from "@seedling/core/internal";

/** The examples of a split; null: it is not on this machine. */
export type FindSplit = (
  task: Task,
  split: "train" | "dev" | "test",
  data: Run["data"],
) => Promise<readonly Example[] | null>;

/** Loads splits that are on this machine, each once; downloads none. */
export function openSplits(ctx: Context): FindSplit {
  const found = new Map<string, Promise<readonly Example[] | null>>();
  return (task, split, data) => {
    const key = JSON.stringify([data, task.folder ?? task.name, split]);
    const here = { ...data, download: false };
    const load = async () =>
      (await hasSplit(task, split, here))
        ? (await loadSplit(task, split, here, ctx)).examples
        : null;
    const there = found.get(key) ?? load();
    found.set(key, there);
    return there;
  };
}
