import { countItems, countRight, countRightByItem, type Outcomes } from "./outcomes.ts";

/** Mean squares of a two-way table without replication, and their degrees of freedom. */
export interface TwoWay {
  runs: { meanSquare: number; df: number };
  items: { meanSquare: number; df: number };
  residual: { meanSquare: number; df: number };
}

/**
 * Analysis of variance of runs x items, both random (Snedecor & Cochran, Statistical Methods, two-way
 * classification): E[runs] = residual + n runs', E[items] = residual + S items', for S runs on n items.
 * @throws RangeError with fewer than two runs or two items
 */
export function analyseTwoWay(runs: Outcomes): TwoWay {
  const n = countItems(runs);
  const s = runs.length;
  if (s < 2 || n < 2) throw new RangeError(`expected two runs and two items, got ${s} and ${n}`);
  const byRun = runs.map(countRight);
  const byItem = countRightByItem(runs);
  const total = byRun.reduce((sum, right) => sum + right, 0);
  const correction = total ** 2 / (s * n);
  const ofRuns = byRun.reduce((sum, right) => sum + right ** 2, 0) / n - correction;
  const ofItems = byItem.reduce((sum, right) => sum + right ** 2, 0) / s - correction;
  // The answers are 0 or 1: the sum of their squares is their sum.
  const ofAll = total - correction;
  return {
    runs: toMean(ofRuns, s - 1),
    items: toMean(ofItems, n - 1),
    residual: toMean(ofAll - ofRuns - ofItems, (s - 1) * (n - 1)),
  };
}

function toMean(sumOfSquares: number, df: number) {
  // In floating point a sum of squares that is zero can come out as a negative epsilon.
  return { meanSquare: Math.max(0, sumOfSquares) / df, df };
}
