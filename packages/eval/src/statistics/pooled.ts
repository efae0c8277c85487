import { sum } from "d3-array";
import { tQuantile, tTwoSided } from "./student-t.ts";

/** A difference and its standard error, with the degrees of freedom of its own t. */
interface PairDifference {
  value: number;
  standardError: number;
  /** Only read where there is no other pair; Infinity if not given. */
  df?: number;
}

/**
 * Differences of several task pairs as a random-effects meta-analysis: the variance between pairs by
 * Paule & Mandel, the interval by t with k - 1 degrees of freedom. Hartung-Knapp-Sidik-Jonkman's
 * factor is 1 at that variance, and where it is 0 a factor below 1 is not taken (Röver, Knapp &
 * Friede 2015). One pair: its own interval. Pairs that share a classifier share its luck, which is
 * not in it.
 * @returns the mean difference with its 95 % interval and two-sided p of no difference, and tau2, the
 *   variance of the true differences between pairs (Paule & Mandel 1982)
 * @throws RangeError if there is no pair, or a standard error is not positive
 */
export function poolDifferences(pairs: readonly PairDifference[]) {
  const [first] = pairs;
  if (!first) throw new RangeError("expected at least one pair");
  const wrong = pairs.find(({ standardError }) => !(standardError > 0));
  if (wrong) throw new RangeError(`expected a positive standard error, got ${wrong.standardError}`);
  const tau2 = estimateTau2(pairs);
  const { mean, standardError } = weigh(pairs, tau2);
  const df = pairs.length > 1 ? pairs.length - 1 : (first.df ?? Infinity);
  const half = tQuantile(0.975, df) * standardError;
  return {
    mean,
    low: mean - half,
    high: mean + half,
    p: tTwoSided(mean / standardError, df),
    standardError,
    df,
    tau2,
  };
}

/** The variance at which the weighted scatter is what chance would give, k - 1; 0 if it never is more. */
function estimateTau2(pairs: readonly PairDifference[]): number {
  const expected = pairs.length - 1;
  const excess = (tau2: number) => weigh(pairs, tau2).scatter - expected;
  if (expected === 0 || excess(0) <= 0) return 0;
  let low = 0;
  let high = 1;
  while (excess(high) > 0) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function weigh(pairs: readonly PairDifference[], tau2: number) {
  const weights = pairs.map(({ standardError }) => 1 / (standardError ** 2 + tau2));
  const total = sum(weights);
  const weighted = (of: (pair: PairDifference) => number) =>
    sum(pairs, (pair, index) => (weights[index] ?? 0) * of(pair));
  const mean = weighted(({ value }) => value) / total;
  const scatter = weighted(({ value }) => (value - mean) ** 2);
  return { mean, standardError: 1 / Math.sqrt(total), scatter };
}
