import type { LabelledItem } from "./examples.ts";

/** Metrics of a classifier on labelled items. */
export interface DevMetrics {
  /** Fraction of right items, 0 to 1. */
  accuracy: number;
  /** Mean cross entropy, in nats. */
  loss: number;
  /** Whether one and the same position was chosen for every item. */
  collapsed: boolean;
}

/** Computes the metrics of scores. @param scores one array for each item */
export function computeMetrics(
  items: readonly LabelledItem[],
  scores: readonly ArrayLike<number>[],
): DevMetrics {
  const chosen = scores.map(argMax);
  const right = items.filter((item, row) => item.right[chosen[row] ?? 0]).length;
  const losses = items.map(({ label }, row) => computeCrossEntropy(scores[row] ?? [], label));
  return {
    accuracy: right / items.length,
    loss: losses.reduce((sum, loss) => sum + loss, 0) / items.length,
    collapsed: new Set(chosen).size === 1,
  };
}

/** Scores -> probabilities, together 1. */
export function softmax(scores: ArrayLike<number>): number[] {
  const whole = logSumExp(scores);
  return Array.from(scores, (score) => Math.exp(score - whole));
}

/** The cross entropy of scores against one right position, in nats: -log of its probability. */
export function computeCrossEntropy(scores: ArrayLike<number>, label: number): number {
  return logSumExp(scores) - (scores[label] ?? Number.NaN);
}

/** The index of the highest score, the first of equals. */
export function argMax(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[best] ?? 0)) best = i;
  return best;
}

/** The logarithm of the sum of exponentials, without overflow. */
function logSumExp(scores: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) highest = Math.max(highest, scores[i] as number);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp((scores[i] as number) - highest);
  return highest + Math.log(sum);
}

/**
 * The mean cross entropy of a batch, in nats, and its gradient by the scores.
 * @param scores of the items' positions, one item after the other
 * @param items that the mean is over: more than are in `batch` where it is one part of several
 */
export function computeLoss(
  scores: Float32Array,
  batch: readonly LabelledItem[],
  items: number,
): { loss: number; gradient: Float32Array } {
  const gradient = new Float32Array(scores.length);
  let loss = 0;
  let from = 0;
  for (const { right, label } of batch) {
    const own = scores.subarray(from, from + right.length);
    const whole = logSumExp(own);
    loss += (whole - (own[label] ?? Number.NaN)) / items;
    for (let index = 0; index < own.length; index++)
      gradient[from + index] =
        (Math.exp((own[index] as number) - whole) - (index === label ? 1 : 0)) / items;
    from += own.length;
  }
  return { loss, gradient };
}
