import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Example,
  exists,
  hasSplit,
  isCreated,
  type Run,
  toCreationFolder,
  toLines,
} from "@seedling/core/internal";
import { countHeldOut } from "../data/training-data.ts";
import type { FindSplit } from "./find-split.ts";

/** What a run will be trained on and chosen by, as far as it is known before. */
export interface CountedExamples {
  train: number;
  dev: number;
  /** The task's own dev split; null: what it is chosen by is held out of what it would be trained on. */
  devSplit: readonly Example[] | null;
  /** Examples of its task, to measure lengths by. */
  sample: readonly Example[];
}

/** @returns null where nothing of its task is at hand */
export async function countExamples(run: Run, find: FindSplit): Promise<CountedExamples | null> {
  const { task, data, flags, source } = run;
  const splits = { train: await find(task, "train", data), dev: await find(task, "dev", data) };
  const sample = splits.dev ?? splits.train ?? (task.own ? [task.own.example] : null);
  if (!sample) return null;
  const created = join(toCreationFolder(run), "created.jsonl");
  const filed = flags.created !== null ? await countLines(flags.created) : null;
  const target =
    flags.examples ??
    filed ??
    (isCreated(source) && (await exists(created)) ? await countLines(created) : null) ??
    splits.train?.length ??
    task.trainSize;
  if (target === null) return null;
  const all = Math.round((target + (flags.addHuman ?? 0)) * flags.fraction);
  if (flags.dev === "created" || !(await hasSplit(task, "dev", data))) {
    const held = countHeldOut(all);
    return { train: all - held, dev: held, devSplit: null, sample };
  }
  return { train: all, dev: splits.dev?.length ?? 0, devSplit: splits.dev, sample };
}

async function countLines(path: string): Promise<number> {
  return [...toLines(await readFile(path, "utf8"))].length;
}
