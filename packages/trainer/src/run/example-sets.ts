import {
  type Context,
  type Example,
  hasSplit,
  loadSplit,
  type Run,
  toCreationFolder,
} from "@seedling/core/internal";
import { countSelected } from "../classifier/select-examples.ts";
import { chooseDevSource, countHeldOut, readGivenExamples } from "../data/training-data.ts";
import type { TrainingPlan } from "./plan.ts";

/** Examples that a classifier reads: so many, like those of a sample. */
export interface ExampleSet {
  /** Sets of one name are the same, or the first of the same: they are read once. */
  name: string;
  n: number;
  sample: readonly Example[];
}

/** Finds the examples of a split; null: it is not on this machine. */
export type FindSplit = ReturnType<typeof createFindSplit>;

/** Creates a search for splits on this machine, each loaded once; none is downloaded. */
export function createFindSplit(ctx: Context) {
  const found = new Map<string, Promise<readonly Example[] | null>>();
  return (task: Run["task"], split: "train" | "dev" | "test", data: Run["data"]) => {
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

/**
 * Finds what a run trains and chooses on: its examples, or as many as are wanted, like others of its task.
 * @returns null where nothing of its task is on this machine
 */
export async function findTrainingSets(run: Run, plan: TrainingPlan, find: FindSplit) {
  const { task, data, flags } = run;
  const pool = [toCreationFolder(run), flags.created, flags.addHuman].join(" ");
  if (plan.state === "todo") {
    const { train, dev, devSource } = plan.data;
    const from = devSource === "human" ? task.name : pool;
    return {
      train: { name: pool, n: countSelected(train.length, flags.keep), sample: train },
      dev: { name: `dev of ${from}`, n: dev.length, sample: dev },
    };
  }
  const [train, dev] = [await find(task, "train", data), await find(task, "dev", data)];
  const given = flags.created === null ? null : await readGivenExamples(run);
  const own = given && (flags.distinct ? given.distinct : given.all);
  const sample = own ?? dev ?? train ?? (task.own?.examples.length ? task.own.examples : null);
  const target = flags.examples ?? own?.length ?? train?.length ?? task.trainSize;
  if (!sample || target === null) return null;
  const n = Math.round((target + (flags.addHuman ?? 0)) * flags.fraction);
  const source = await chooseDevSource(run);
  const held = countHeldOut(n, source);
  const [from, size] = source === "human" ? [task.name, dev?.length ?? 0] : [pool, held];
  return {
    train: { name: pool, n: countSelected(n - held, flags.keep), sample },
    dev: { name: `dev of ${from}`, n: size, sample },
  };
}
