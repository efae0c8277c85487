import { type Interval, wilsonInterval } from "@seedling/core";
import { countItems, countRightByItem, type Outcomes, toAccuracy } from "./outcomes.ts";
import { tQuantile, tTwoSided } from "./student-t.ts";
import { analyseTwoWay } from "./two-way.ts";

/** A figure with its 95 % interval. Accuracies are shares in [0, 1], differences in [-1, 1]. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  standardError: number;
  /** Degrees of freedom of the interval's t; Infinity where it is normal. */
  df: number;
}

/** A mean square's part in a variance: its weight, and its degrees of freedom. */
interface Part {
  variance: number;
  df: number;
}

/**
 * Accuracy with its interval. One run: Wilson's, over items only. Several: items and seeds are both
 * samples, so the runs x items table's two-way random analysis of variance gives the variance of
 * the mean, and Satterthwaite (1946) the degrees of freedom of its t.
 */
export function estimateAccuracy(runs: Outcomes): Estimate & { method: "wilson" | "mixed" } {
  const n = countItems(runs);
  const value = toAccuracy(runs);
  const binomial = Math.sqrt((value * (1 - value)) / n);
  if (runs.length === 1) {
    const { low, high } = wilsonInterval(value, n);
    return { value, low, high, standardError: binomial, df: Infinity, method: "wilson" };
  }
  const { items, runs: seeds, residual } = analyseTwoWay(runs);
  const size = runs.length * n;
  const spread = toSpread([
    { variance: items.meanSquare / size, df: items.df },
    { variance: Math.max(0, seeds.meanSquare - residual.meanSquare) / size, df: seeds.df },
  ]);
  return { ...around(value, value, spread, [0, 1]), method: "mixed" };
}

/**
 * The difference of two arms' mean accuracies, a - b, with its interval and the p of no difference by
 * the same statistic. Items are paired, the arms' runs are not. One run each: over items only.
 * Several on a side: the variance between an arm's seeds enters; an arm with one run is given the
 * other's, since it is not zero for being unknown.
 *
 * Items: Bonett & Price (2012), Wald's interval with one more item each way, which holds its
 * coverage where few items differ; for several runs the same with means over runs.
 */
export function estimateDifference(
  a: Outcomes,
  b: Outcomes,
): Estimate & { p: number; method: "paired items" | "paired items, seeds sampled" } {
  const n = countItems([...a, ...b]);
  const ofA = countRightByItem(a);
  const ofB = countRightByItem(b);
  let sum = 0;
  let squares = 2;
  for (let item = 0; item < n; item++) {
    const difference = (ofA[item] ?? 0) / a.length - (ofB[item] ?? 0) / b.length;
    sum += difference;
    squares += difference ** 2;
  }
  const centre = sum / (n + 2);
  const items = { variance: (squares / (n + 2) - centre ** 2) / (n + 2), df: n + 1 };
  const single = a.length === 1 && b.length === 1;
  const spread = single
    ? { standardError: Math.sqrt(items.variance), df: Infinity }
    : toSpread([items, ...seedParts(a, b)]);
  return {
    ...around(sum / n, centre, spread, [-1, 1]),
    p: tTwoSided(centre / spread.standardError, spread.df),
    method: single ? "paired items" : "paired items, seeds sampled",
  };
}

function seedParts(a: Outcomes, b: Outcomes): Part[] {
  const [ofA, ofB] = [a, b].map(toSeedVariance);
  const known = (ofA ?? ofB) as Part;
  return [
    { ...(ofA ?? known), variance: (ofA ?? known).variance / a.length },
    { ...(ofB ?? known), variance: (ofB ?? known).variance / b.length },
  ];
}

function toSeedVariance(runs: Outcomes): Part | null {
  if (runs.length === 1) return null;
  const { runs: seeds, residual } = analyseTwoWay(runs);
  const n = countItems(runs);
  return { variance: Math.max(0, seeds.meanSquare - residual.meanSquare) / n, df: seeds.df };
}

/**
 * The 95 % prediction interval of the accuracy of one further run (another seed) on the same items.
 * Several runs: t on the spread between them, and never narrower than the spread that items
 * answered now so, now so, must give. One run: two independent binomial runs, seeds unknown.
 */
export function predictFurtherRun(runs: Outcomes): Interval & { seedsKnown: boolean } {
  const n = countItems(runs);
  const value = toAccuracy(runs);
  const s = runs.length;
  if (s === 1) {
    const { low, high } = wilsonInterval(value, n / 2);
    return { low, high, seedsKnown: false };
  }
  const { runs: seeds, residual } = analyseTwoWay(runs);
  const flips = Math.max(residual.meanSquare, 1 / (s * n));
  const half = Math.max(
    tQuantile(0.975, seeds.df) * Math.sqrt((seeds.meanSquare / n) * (1 + 1 / s)),
    tQuantile(0.975, residual.df) * Math.sqrt((flips / n) * (1 + 1 / s)),
  );
  return { low: Math.max(0, value - half), high: Math.min(1, value + half), seedsKnown: true };
}

function toSpread(parts: readonly Part[]): { standardError: number; df: number } {
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const df = variance ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.df, 0);
  return { standardError: Math.sqrt(variance), df };
}

function around(
  value: number,
  centre: number,
  { standardError, df }: { standardError: number; df: number },
  [least, most]: readonly [number, number],
): Estimate {
  const half = tQuantile(0.975, df) * standardError;
  return {
    value,
    low: Math.max(least, centre - half),
    high: Math.min(most, centre + half),
    standardError,
    df,
  };
}
