import { rollup, sum } from "d3-array";
import { countItems, countRightByItem, type Outcomes } from "./outcomes.ts";

/**
 * The paired permutation test of two arms on the same items: the two-sided p of their difference of
 * mean accuracies, were each item's two arms swapped by the toss of a coin. Exact, not drawn.
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
  const sizes = differences.map(Math.abs).filter(Boolean);
  const observed = Math.abs(sum(differences));
  if (observed === 0) return 1;
  const groups = rollup(
    sizes,
    ({ length }) => length,
    (size) => size,
  );
  return Math.min(1, 2 * computeTail([...groups], observed));
}

/** Of what is left out, in logarithms: less than a double can tell from 1. */
const negligible = 46;

/**
 * The probability that a sum of numbers, each with a random sign, reaches a threshold. The signs are weighted so
 * that the threshold becomes the mean (Esscher 1932), which keeps the smallest p exact, and the sum is known by its
 * characteristic function, a product: the cost grows with the standard deviation, not with items times sums.
 * @param groups numbers above 0, and how many there are of each
 * @param threshold above 0, one of the sums
 */
function computeTail(groups: readonly [size: number, n: number][], threshold: number): number {
  const most = sum(groups, ([size, n]) => size * n);
  if (threshold === most) return 2 ** -sum(groups, ([, n]) => n);
  const tilt = findTilt(groups, threshold);
  // What of `most` has the plus sign: the variable from here on, with the threshold for mean.
  const plus = (threshold + most) / 2;
  const weighted = groups.map(([size, n]) => ({
    size,
    n,
    p: 1 / (1 + Math.exp(-2 * tilt * size)),
  }));
  const variance = sum(weighted, ({ size, n, p }) => n * size ** 2 * p * (1 - p));
  // Farther from the mean lies what Bernstein's bound calls negligible.
  const third = (negligible * Math.max(...groups.map(([size]) => size))) / 3;
  const half = Math.ceil(third + Math.sqrt(third ** 2 + 2 * negligible * variance));
  const [period, above] = 2 * half > most ? [most + 1, most - plus + 1] : [2 * half, half];
  let tail = 0;
  for (let k = 0; k <= period / 2; k++) {
    const turn = (times: number) => (2 * Math.PI * ((k * times) % period)) / period;
    let [log, angle] = [0, -turn(plus)];
    for (const { size, n, p } of weighted) {
      const [re, im] = [1 - p + p * Math.cos(turn(size)), p * Math.sin(turn(size))];
      log += (n / 2) * Math.log(re ** 2 + im ** 2);
      if (log < -negligible) break;
      angle += n * Math.atan2(im, re);
    }
    if (log < -negligible) continue;
    // k and period - k are one another's conjugates.
    const times = k === 0 || 2 * k === period ? 1 : 2;
    tail += times * Math.exp(log) * sumPowers(2 * tilt, turn(1), above, angle);
  }
  const scale = sum(groups, ([size, n]) => n * (Math.log1p(Math.exp(-2 * tilt * size)) - Math.LN2));
  return Math.exp(tilt * (most - threshold) + scale) * (tail / period);
}

/** The real part of e^(i angle) times the sum of r^0 to r^(n - 1), r being e^(-decay - i turn). */
function sumPowers(decay: number, turn: number, n: number, angle: number): number {
  if (decay === 0 && turn === 0) return n * Math.cos(angle);
  const [first, last] = [Math.exp(-decay), Math.exp(-decay * n)];
  const re = Math.cos(angle) - last * Math.cos(angle - turn * n);
  const im = Math.sin(angle) - last * Math.sin(angle - turn * n);
  const below = { re: 1 - first * Math.cos(turn), im: first * Math.sin(turn) };
  return (re * below.re + im * below.im) / (below.re ** 2 + below.im ** 2);
}

/** Finds the weight of the signs by which a threshold is the mean of the sum. */
function findTilt(groups: readonly [size: number, n: number][], threshold: number): number {
  const mean = (tilt: number) => sum(groups, ([size, n]) => n * size * Math.tanh(tilt * size));
  let [low, high] = [0, 1];
  while (mean(high) < threshold) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (mean(middle) < threshold) low = middle;
    else high = middle;
  }
  return high;
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
