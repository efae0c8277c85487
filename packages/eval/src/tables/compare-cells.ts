import { estimateDifference } from "../statistics/estimate.ts";
import { mcnemarExact } from "../statistics/mcnemar.ts";
import { pairedPermutation } from "../statistics/permutation.ts";
import { minimumDetectable } from "../statistics/power.ts";
import { judgeClaim } from "../verdicts/judge-claim.ts";
import type { RowDifference } from "./analysis.ts";
import type { MeasuredCell } from "./cells.ts";
import { isSample } from "./labels.ts";

/**
 * One row minus another, on the same test items. Single runs, or several that are all alike: McNemar's
 * exact test. Several: the larger p of a permutation of items and of the t test in which seeds are
 * sampled, too, so that it holds for other items and other seeds.
 * @param label of the row subtracted
 * @param paper the paper's own difference, a share; null where it has none
 */
export function compareCells(
  one: MeasuredCell,
  other: MeasuredCell,
  label: string,
  paper: number | null,
): RowDifference {
  const [a, b] = [one.outcomes, other.outcomes];
  const { p, ...estimate } = estimateDifference(a, b);
  const single = estimate.method === "paired items";
  const detectable = minimumDetectable(estimate);
  const claim = {
    difference: estimate,
    minimumDetectable: detectable,
    sample: isSample(one.cell) || isSample(other.cell),
  };
  return {
    against: { cell: other.cell.id, label, n: other.cell.train.n, seeds: other.cell.seeds },
    estimate,
    p: single ? toMcnemar(a[0], b[0]) : Math.max(p, pairedPermutation(a, b)),
    test: single ? "McNemar, exact" : "paired permutation and t, the larger p",
    adjustedP: null,
    minimumDetectable: detectable,
    paper,
    verdict: paper === null ? null : judgeClaim({ ...claim, paperDifference: paper }),
  };
}

function toMcnemar(a: Uint8Array = new Uint8Array(), b: Uint8Array = new Uint8Array()): number {
  let [onlyA, onlyB] = [0, 0];
  a.forEach((right, item) => {
    if (right > (b[item] ?? 0)) onlyA += 1;
    if (right < (b[item] ?? 0)) onlyB += 1;
  });
  return mcnemarExact(onlyA, onlyB);
}
