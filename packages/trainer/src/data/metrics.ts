import type { LabelledItem } from "./examples.ts";
import type { TrialResult } from "./trials.ts";

/**
 * Judges a trial by its training loss and the scores of dev items, one array for each; where a loss is not
 * finite, all numbers are null.
 */
export function judgeTrial(
  trainLoss: number,
  dev: readonly LabelledItem[],
  scores: readonly ArrayLike<number>[],
): TrialResult {
  const losses = dev.map(({ label }, row) => computeCrossEntropy(scores[row] ?? [], label));
  const devLoss = losses.reduce((sum, loss) => sum + loss, 0) / dev.length;
  if (!Number.isFinite(trainLoss) || !Number.isFinite(devLoss))
    return { trainLoss: null, devLoss: null, devAccuracy: null, collapsed: false };
  const chosen = scores.map(argMax);
  const right = dev.filter((item, row) => item.right[chosen[row] ?? 0]).length;
  const collapsed = new Set(chosen).size === 1;
  return { trainLoss, devLoss, devAccuracy: right / dev.length, collapsed };
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
export function computeLoss(scores: Float32Array, batch: readonly LabelledItem[], items: number) {
  const gradient = scores.slice();
  let loss = 0;
  let from = 0;
  for (const { right, label } of batch) {
    const to = from + right.length;
    loss += replaceScores(gradient.subarray(from, to), label, items) / items;
    from = to;
  }
  return { loss, gradient };
}

/**
 * Replaces an item's scores by the gradient of its cross entropy: probabilities minus the right answer, over
 * `items`. Inner loop of training: nothing is allocated.
 * @returns the cross entropy, in nats
 */
export function replaceScores(scores: Float32Array | Float64Array, label: number, items = 1) {
  const whole = logSumExp(scores);
  const loss = whole - (scores[label] ?? Number.NaN);
  for (let i = 0; i < scores.length; i++)
    scores[i] = (Math.exp((scores[i] as number) - whole) - (i === label ? 1 : 0)) / items;
  return loss;
}
