import { computeCoinFlips } from "./binomial-half.ts";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";
import { sum } from "./sum.ts";

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
  const atLeast = toSums(sizes).filter((_, toA) => Math.abs(2 * toA - most) >= observed);
  return Math.min(1, sum(atLeast));
}

/** The probability of each sum of those differences, of 0 to all, that fall to a. */
function toSums(sizes: Int32Array): Float64Array {
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
