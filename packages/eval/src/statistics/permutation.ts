import { toBinomialHalf } from "./binomial-half.ts";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";

/**
 * The paired permutation test of two arms on the same items: the two-sided p of their difference of
 * mean accuracies, were each item's two arms swapped by the toss of a coin. Exact, not drawn: the
 * tosses of all items with the same difference are one binomial, and there are few differences.
 * Its sample are the items: the arms' seeds are taken as they are.
 */
export function pairedPermutation(a: Outcomes, b: Outcomes): number {
  countItems([...a, ...b]);
  const ofA = countRightByItem(a);
  const ofB = countRightByItem(b);
  // In units of 1 / (runs of a x runs of b), so that sums are whole and compared exactly.
  const differences = ofA.reduce<number[]>((all, right, item) => {
    all.push(right * b.length - (ofB[item] ?? 0) * a.length);
    return all;
  }, []);
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  const most = differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  let p = 0;
  toSums(countBySize(differences)).forEach((share, toA) => {
    if (Math.abs(2 * toA - most) >= observed) p += share;
  });
  return Math.min(1, p);
}

function countBySize(differences: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const size of differences.map(Math.abs))
    if (size > 0) counts.set(size, (counts.get(size) ?? 0) + 1);
  return counts;
}

/** The probability of each sum of the differences that fall to a. */
function toSums(counts: ReadonlyMap<number, number>): Float64Array {
  let sums = Float64Array.of(1);
  for (const [size, items] of counts) {
    const tosses = toBinomialHalf(items);
    const next = new Float64Array(sums.length + size * items);
    sums.forEach((share, sum) => {
      if (share === 0) return;
      tosses.forEach((toss, heads) => {
        const at = sum + size * heads;
        next[at] = (next[at] ?? 0) + share * toss;
      });
    });
    sums = next;
  }
  return sums;
}
