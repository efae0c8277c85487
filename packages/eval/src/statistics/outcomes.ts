import { mean } from "@seedling/core/internal";
import { sum } from "d3-array";

/** One row a run, one column a test item (the same items in the same order): 1 right, 0 wrong. */
export type Outcomes = readonly Uint8Array[];

/** Right answers of all, over runs and items, in [0, 1]. @throws RangeError as `countItems` */
export function computeAccuracy(runs: Outcomes): number {
  const n = countItems(runs);
  return mean(runs.map((run) => sum(run) / n));
}

/**
 * Items of each run, of one arm or of several on the same items.
 * @throws RangeError if an arm has no run, if there is no item, or if runs differ in their number
 */
export function countItems(...arms: readonly Outcomes[]): number {
  if (arms.some((runs) => runs.length === 0)) throw new RangeError("expected at least one run");
  const sizes = [...new Set(arms.flat().map((run) => run.length))];
  if (sizes.length > 1)
    throw new RangeError(`expected runs on the same items, got runs of ${sizes.join(" and ")}`);
  const [n] = sizes;
  if (!n) throw new RangeError("expected at least one item");
  return n;
}

/** For each item, how many of the runs are right. */
export function countRightByItem(runs: Outcomes): Uint32Array {
  const counts = new Uint32Array(countItems(runs));
  for (const run of runs) {
    for (let item = 0; item < run.length; item++)
      counts[item] = (counts[item] ?? 0) + (run[item] ?? 0);
  }
  return counts;
}

/** Whether several runs are all right and wrong on the same items. @throws RangeError as `countItems` */
export function areAlike(runs: Outcomes): boolean {
  countItems(runs);
  const [first, ...others] = runs;
  const isFirst = (run: Uint8Array) => run.every((right, item) => right === first?.[item]);
  return others.length > 0 && others.every(isFirst);
}

/**
 * The runs without copies: of runs that are all alike only one. Trainings that all
 * end in one optimum, or all collapse to one answer, do not show how a seed's luck varies.
 */
export function withoutCopies(runs: Outcomes): Outcomes {
  return areAlike(runs) ? runs.slice(0, 1) : runs;
}
