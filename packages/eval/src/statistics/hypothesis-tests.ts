import jstat from "jstat";
import { sum } from "./aggregate.ts";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";

/** The probabilities of 0 to n heads of n coins. */
export function computeCoinFlips(n: number): Float64Array {
  const probabilities = new Float64Array(n + 1);
  const all = jstat.gammaln(n + 1) - n * Math.LN2;
  for (let heads = 0; heads <= n; heads++)
    probabilities[heads] = Math.exp(all - jstat.gammaln(heads + 1) - jstat.gammaln(n - heads + 1));
  return probabilities;
}

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
  const probabilities = computeCoinFlips(onlyA + onlyB).slice(0, fewer + 1);
  return Math.min(1, 2 * sum(probabilities));
}

/**
 * The paired permutation test of two arms on the same items: the two-sided p of their difference of
 * mean accuracies, were each item's two arms swapped by the toss of a coin. Exact, not drawn: the
 * tosses of all items with the same difference are one binomial, and there are few differences.
 * Its sample is the items: the arms' seeds are taken as they are.
 */
export function pairedPermutation(a: Outcomes, b: Outcomes): number {
  countItems(a, b);
  const ofB = countRightByItem(b);
  // In units of 1 / (runs of a x runs of b), so that sums are whole and compared exactly.
  const differences = Int32Array.from(
    countRightByItem(a),
    (right, item) => right * b.length - (ofB[item] ?? 0) * a.length,
  );
  const sizes = differences.map(Math.abs);
  const observed = Math.abs(sum(differences));
  const most = sum(sizes);
  const atLeast = computeSums(sizes).filter((_, toA) => Math.abs(2 * toA - most) >= observed);
  return Math.min(1, sum(atLeast));
}

/** The probability of each sum of those differences, of 0 to all, that fall to a. */
function computeSums(sizes: Int32Array): Float64Array {
  let sums: Float64Array = Float64Array.of(1);
  for (const [size, items] of countEach(sizes)) if (size > 0) sums = addTosses(sums, size, items);
  return sums;
}

function addTosses(sums: Float64Array, size: number, items: number): Float64Array {
  const tosses = computeCoinFlips(items);
  const added = new Float64Array(sums.length + size * items);
  for (let before = 0; before < sums.length; before++) {
    const share = sums[before] ?? 0;
    if (share === 0) continue;
    for (let heads = 0; heads <= items; heads++) {
      const after = before + size * heads;
      added[after] = (added[after] ?? 0) + share * (tosses[heads] ?? 0);
    }
  }
  return added;
}

function countEach(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * p-values adjusted for their number (Holm 1979), in the given order: reject where it is at most
 * alpha, and any false rejection among all of them has at most that probability.
 * @throws RangeError if one is not in [0, 1]
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`expected p-values in [0, 1], got ${wrong}`);
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
