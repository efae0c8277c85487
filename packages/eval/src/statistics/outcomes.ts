import { mean } from "@seedling/core";

/** One row a run, one column a test item (the same items in the same order): 1 right, 0 wrong. */
export type Outcomes = readonly Uint8Array[];

/** Right answers of all, over runs and items, in [0, 1]. @throws RangeError as `countItems` */
export function toAccuracy(runs: Outcomes): number {
  const n = countItems(runs);
  return mean(runs.map((run) => countRight(run) / n));
}

/** Right answers of a run. */
export function countRight(run: Uint8Array): number {
  return run.reduce((sum, right) => sum + right, 0);
}

/**
 * Items of each run.
 * @throws RangeError if there is no run, no item, or if runs have different numbers of items
 */
export function countItems(runs: Outcomes): number {
  const sizes = [...new Set(runs.map((run) => run.length))];
  const [n] = sizes;
  if (n === undefined) throw new RangeError("expected at least one run");
  if (sizes.length > 1)
    throw new RangeError(`expected runs on the same items, got runs of ${sizes.join(" and ")}`);
  if (n === 0) throw new RangeError("expected at least one item");
  return n;
}

/** For each item, how many of the runs are right. */
export function countRightByItem(runs: Outcomes): Uint16Array {
  const counts = new Uint16Array(countItems(runs));
  for (const run of runs)
    run.forEach((right, item) => {
      counts[item] = (counts[item] ?? 0) + right;
    });
  return counts;
}
