import { countItems, countRight, countRightByItem, type Outcomes } from "./outcomes.ts";
import { sum } from "./sum.ts";

/** Mean squares of a two-way table without replication, and their degrees of freedom. */
export interface TwoWayAnova {
  /** Runs times items. */
  answers: number;
  runs: { meanSquare: number; df: number };
  items: { meanSquare: number; df: number };
  residual: { meanSquare: number; df: number };
}

/**
 * Analysis of variance of runs x items, both random (Snedecor & Cochran, Statistical Methods, two-way
 * classification): E[runs] = residual + n runs', E[items] = residual + S items', for S runs on n items.
 * On one item only the runs can differ; the other mean squares are 0, with no degrees of freedom.
 * @throws RangeError with fewer than two runs
 */
export function analyseTwoWay(runs: Outcomes): TwoWayAnova {
  const n = countItems(runs);
  const s = runs.length;
  if (s < 2) throw new RangeError(`expected at least two runs, got ${s}`);
  const byRun = runs.map(countRight);
  const byItem = countRightByItem(runs);
  const total = sum(byRun);
  const correction = total ** 2 / (s * n);
  const ofRuns = sum(byRun.map((right) => right ** 2)) / n - correction;
  const ofItems = sum(byItem.map((right) => right ** 2)) / s - correction;
  // The answers are 0 or 1: the sum of their squares is their sum.
  const ofAll = total - correction;
  return {
    answers: s * n,
    runs: toMean(ofRuns, s - 1),
    items: toMean(ofItems, n - 1),
    residual: toMean(ofAll - ofRuns - ofItems, (s - 1) * (n - 1)),
  };
}

function toMean(sumOfSquares: number, df: number) {
  // In floating point a sum of squares that is zero can come out as a negative epsilon.
  return { meanSquare: df > 0 ? Math.max(0, sumOfSquares) / df : 0, df };
}
