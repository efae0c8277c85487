import { group, sum } from "d3-array";
import jstat from "jstat";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";

/**
 * The paired permutation test of two arms on the same items: the two-sided p of their difference of
 * mean accuracies, were each item's two arms swapped by the toss of a coin. Exact, not drawn: the
 * tosses of all items with the same difference are one binomial, and there are few differences.
 * Its sample is the items: the arms' seeds are taken as they are. Of two single runs it is McNemar's
 * (1947) exact test: only items on which one alone is right are tossed.
 * @throws RangeError as `countItems`
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
  let sums = Float64Array.of(1);
  for (const [size, { length: items }] of group(sizes.filter(Boolean), (size) => size)) {
    const tosses = tossCoins(items);
    const added = new Float64Array(sums.length + size * items);
    sums.forEach((probability, before) => {
      if (probability === 0) return;
      tosses.forEach((toss, heads) => {
        const after = before + size * heads;
        added[after] = (added[after] ?? 0) + probability * toss;
      });
    });
    sums = added;
  }
  return sums;
}

/** The probabilities of 0 to n heads of n coins. */
function tossCoins(n: number): Float64Array {
  const all = jstat.gammaln(n + 1) - n * Math.LN2;
  return Float64Array.from({ length: n + 1 }, (_, heads) =>
    Math.exp(all - jstat.gammaln(heads + 1) - jstat.gammaln(n - heads + 1)),
  );
}

/**
 * p-values adjusted for their number (Holm 1979), in the given order: reject where it is at most
 * alpha, and any false rejection among all of them has at most that probability.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
