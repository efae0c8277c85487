import jstat from "jstat";

/** A confidence interval of a proportion, both ends in [0, 1]. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's score interval (Wilson 1927, without continuity correction).
 * @param proportion right answers of all, in [0, 1]; for several seeds their mean accuracy, so that
 *   proportion x n need not be whole
 * @param n test items, whatever the number of seeds: asking the same items again adds no items
 * @throws RangeError if the proportion or n is impossible
 */
export function wilsonInterval(proportion: number, n: number, confidence = 0.95): Interval {
  if (!(proportion >= 0 && proportion <= 1))
    throw new RangeError(`expected a proportion in [0, 1], got ${proportion}`);
  if (!(n > 0)) throw new RangeError(`expected a positive number of items, got ${n}`);
  const z = jstat.normal.inv((1 + confidence) / 2, 0, 1);
  const shrink = 1 + z ** 2 / n;
  const centre = (proportion + z ** 2 / (2 * n)) / shrink;
  const half =
    (z / shrink) * Math.sqrt((proportion * (1 - proportion)) / n + z ** 2 / (4 * n ** 2));
  // In theory the interval holds the proportion; in floating point it can be an epsilon off at 0 and 1.
  return {
    low: Math.min(proportion, Math.max(0, centre - half)),
    high: Math.max(proportion, Math.min(1, centre + half)),
  };
}

/**
 * The exact interval of a proportion (Clopper & Pearson 1934), by quantiles of the beta distribution.
 * @param right right answers, a whole number in [0, n]
 * @param n test items
 * @throws RangeError if the counts are impossible
 */
export function clopperPearson(right: number, n: number, confidence = 0.95): Interval {
  if (!(Number.isInteger(right) && Number.isInteger(n) && n > 0 && right >= 0 && right <= n))
    throw new RangeError(`expected whole counts, right <= n, got ${right} of ${n}`);
  const tail = (1 - confidence) / 2;
  return {
    low: right === 0 ? 0 : jstat.beta.inv(tail, right, n - right + 1),
    high: right === n ? 1 : jstat.beta.inv(1 - tail, right + 1, n - right),
  };
}

/** The probability of at most k events in n tries of probability p. */
export function binomialTail(k: number, n: number, p: number): number {
  return k >= n ? 1 : jstat.ibeta(1 - p, n - k, k + 1);
}

/** The arithmetic mean. @throws RangeError if there is nothing to average */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("expected at least one value to average");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
