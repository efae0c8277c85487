import type { Interval } from "@seedling/core/internal";
import jstat from "jstat";

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
