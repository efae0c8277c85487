import { mean } from "@seedling/core/internal";
import type { EvaluationRun } from "../results/results.ts";
import { sum } from "../statistics/sum.ts";
import type { WithoutItems } from "./cell.ts";

/**
 * Accuracy without the items that a column marks, the mean over runs.
 * @returns null where it is not known which these are, none is marked, or a run would have no item left
 */
export function computeWithout(
  runs: readonly EvaluationRun[],
  column: "inDev" | "inTrain",
): WithoutItems | null {
  if (runs.some(({ manifest }) => manifest.test.shared === null)) return null;
  const rest = runs.map(({ items }) => {
    const marks = items[column];
    const kept = items.right.filter((_, row) => marks[row] === 0);
    return { leftOut: marks.length - kept.length, kept: kept.length, right: sum(kept) };
  });
  if (rest.every(({ leftOut }) => leftOut === 0) || rest.some(({ kept }) => kept === 0))
    return null;
  return {
    accuracy: mean(rest.map(({ right, kept }) => right / kept)),
    leftOut: mean(rest.map(({ leftOut }) => leftOut)),
  };
}
