import { computeCoinFlips } from "./binomial-half.ts";
import { sum } from "./sum.ts";

/**
 * McNemar's exact test of two single runs on the same items (McNemar 1947): the two-sided p of the
 * items on which only one is right, which would fall to either side like a coin.
 * @param onlyA items that only run a has right
 * @param onlyB items that only run b has right
 * @throws RangeError if a count is negative or not whole
 */
export function mcnemarExact(onlyA: number, onlyB: number): number {
  if (![onlyA, onlyB].every((count) => Number.isInteger(count) && count >= 0))
    throw new RangeError(`expected counts of items, got ${onlyA} and ${onlyB}`);
  const fewer = Math.min(onlyA, onlyB);
  const shares = computeCoinFlips(onlyA + onlyB).slice(0, fewer + 1);
  return Math.min(1, 2 * sum(shares));
}
