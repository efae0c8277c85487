import jstat from "jstat";

/** A confidence interval of a share, both ends in [0, 1]. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's score interval (Wilson 1927, without continuity correction).
 * @param share right answers of all, in [0, 1]; for several seeds their mean accuracy, so that
 *   share x n need not be whole
 * @param n test items, whatever the number of seeds: asking the same items again adds no items
 * @throws RangeError if the share or n is impossible
 */
export function wilsonInterval(share: number, n: number, confidence = 0.95): Interval {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`expected a share in [0, 1], got ${share}`);
  if (!(n > 0)) throw new RangeError(`expected a positive number of items, got ${n}`);
  const z = jstat.normal.inv((1 + confidence) / 2, 0, 1);
  const shrink = 1 + z ** 2 / n;
  const centre = (share + z ** 2 / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  // In theory the interval holds the share; in floating point it can be an epsilon off at 0 and 1.
  return {
    low: Math.min(share, Math.max(0, centre - half)),
    high: Math.max(share, Math.min(1, centre + half)),
  };
}

/**
 * The exact interval of a share (Clopper & Pearson 1934), by quantiles of the beta distribution.
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

/** The arithmetic mean. @throws RangeError if there is nothing to average */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("expected at least one value to average");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
