import { setImmediate } from "node:timers/promises";

/**
 * Covers points by some of them: each next one is the farthest, by Euclidean distance, from those already chosen,
 * and of equally far ones the first. This is k-center greedy (Gonzalez 1985), the core-set selection of Sener &
 * Savarese 2018. A distance to the chosen ones only falls, so a point that is nearer than another's is left as it is:
 * of n x points distances about a third are computed, and at most all of them; no matrix of them is kept.
 * @param points vectors of one length
 * @param first the indices that are chosen before any distance counts, at least one
 * @param n how many are chosen, from as many as `first` to all
 * @returns indices in the order in which they were chosen
 */
export async function coverPoints(
  points: readonly Float32Array[],
  first: readonly number[],
  n: number,
): Promise<number[]> {
  const chosen = [...first];
  /** The squared distance to the nearest of the chosen points that were looked at; of a chosen one below all. */
  const nearest = new Float64Array(points.length).fill(Number.POSITIVE_INFINITY);
  const lookedAt = new Uint32Array(points.length);
  for (const index of chosen) nearest[index] = -1;
  const get = (numbers: ArrayLike<number>, index: number) => numbers[index] as number;
  while (chosen.length < n) {
    let farthest = -1;
    let distance = -1;
    for (const [index, point] of points.entries()) {
      while (get(nearest, index) > distance && get(lookedAt, index) < chosen.length) {
        const center = points[get(chosen, get(lookedAt, index))] as Float32Array;
        nearest[index] = Math.min(get(nearest, index), squareDistance(point, center));
        lookedAt[index] = get(lookedAt, index) + 1;
      }
      if (get(nearest, index) <= distance) continue;
      farthest = index;
      distance = get(nearest, index);
    }
    chosen.push(farthest);
    nearest[farthest] = -1;
    if (chosen.length % 64 === 0) await setImmediate();
  }
  return chosen;
}

/** Exactly 0 of a point and its copy. */
function squareDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    sum += difference * difference;
  }
  return sum;
}
