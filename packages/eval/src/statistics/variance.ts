import { sum } from "d3-array";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";
import { findRoot, tQuantile } from "./student-t.ts";

/** One source's part in the variance of an estimate, and the degrees of freedom of its estimate. */
export interface VariancePart {
  variance: number;
  df: number;
}

/** The p-quantile that a 95 % interval takes. */
const upper = 0.975;

/**
 * The spread of a sum of independent parts by squaring and adding: half the width squared is the sum
 * of each part's own (Zou & Donner 2008).
 *
 * Satterthwaite's (1946) degrees of freedom are too many where a part rests on two or four: they trust
 * it most just where it came out small by chance. In the regimes of coverage.test.ts his intervals of
 * an accuracy cover 91 to 97 %, these 94 to 97 %.
 * @returns the standard error, the degrees of freedom of its t, and half the width of the 95 % interval
 */
export function squareAndAdd(parts: readonly VariancePart[]) {
  const counted = parts.filter(({ variance }) => variance > 0);
  if (counted.length === 0) return { standardError: 0, df: Infinity, half: 0 };
  const variance = sum(counted, (part) => part.variance);
  const squared = sum(counted, (part) => part.variance * tQuantile(upper, part.df) ** 2);
  const dfs = counted.map(({ df }) => df);
  // Those at which t has the quantile of the sum: its logarithm is almost linear in 1 / df.
  const quantile = Math.sqrt(squared / variance);
  const excess = (inverse: number) => Math.log(tQuantile(upper, 1 / inverse) / quantile);
  return {
    standardError: Math.sqrt(variance),
    df: 1 / findRoot(excess, [1 / Math.max(...dfs), 1 / Math.min(...dfs)], 1e-7),
    half: Math.sqrt(squared),
  };
}

/**
 * Analysis of variance of runs x items, both random (Snedecor & Cochran, Statistical Methods, two-way
 * classification): E[runs] = residual + n runs', E[items] = residual + S items', for S runs on n items.
 * On one item only the runs can differ; the other mean squares are 0, with no degrees of freedom.
 * @returns mean squares with their degrees of freedom, and how many answers there are: runs times items
 * @throws RangeError with fewer than two runs
 */
export function analyseTwoWay(runs: Outcomes) {
  const n = countItems(runs);
  const s = runs.length;
  if (s < 2) throw new RangeError(`expected at least two runs, got ${s}`);
  const byRun = runs.map((run) => sum(run));
  const byItem = countRightByItem(runs);
  const total = sum(byRun);
  const correction = total ** 2 / (s * n);
  const ofRuns = sum(byRun, (right) => right ** 2) / n - correction;
  const ofItems = sum(byItem, (right) => right ** 2) / s - correction;
  // The answers are 0 or 1: the sum of their squares is their sum.
  const ofAll = total - correction;
  return {
    answers: s * n,
    runs: createMeanSquare(ofRuns, s - 1),
    items: createMeanSquare(ofItems, n - 1),
    residual: createMeanSquare(ofAll - ofRuns - ofItems, (s - 1) * (n - 1)),
  };
}

function createMeanSquare(sumOfSquares: number, df: number) {
  // In floating point a sum of squares that is zero can come out as a negative epsilon.
  return { meanSquare: df > 0 ? Math.max(0, sumOfSquares) / df : 0, df };
}
