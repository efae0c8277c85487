import type { ItemAnswer, LabelledItem } from "./examples.ts";
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
  const losses = dev.map((item, row) => computeCrossEntropy(scores[row] ?? [], item));
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

/**
 * The cross entropy of scores against an answer, in nats, times its weight: -log of the right position's
 * probability, or the mean of that by the target's probabilities.
 */
export function computeCrossEntropy(scores: ArrayLike<number>, answer: ItemAnswer): number {
  return (logSumExp(scores) - findAnswerScore(scores, answer)) * (answer.weight ?? 1);
}

function findAnswerScore(scores: ArrayLike<number>, { label, target }: ItemAnswer): number {
  if (!target) return scores[label] ?? Number.NaN;
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += (target[i] as number) * (scores[i] ?? Number.NaN);
  return sum;
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
  for (const item of batch) {
    const to = from + item.right.length;
    loss += replaceScores(gradient.subarray(from, to), item, items) / items;
    from = to;
  }
  return { loss, gradient };
}

/**
 * Replaces an item's scores by the gradient of its cross entropy: probabilities minus the right answer, over
 * `items`, times its weight. Inner loop of training: nothing is allocated.
 * @returns the cross entropy, in nats, times its weight
 */
export function replaceScores(scores: Float32Array | Float64Array, answer: ItemAnswer, items = 1) {
  const { label, target, weight = 1 } = answer;
  const whole = logSumExp(scores);
  const loss = (whole - findAnswerScore(scores, answer)) * weight;
  for (let i = 0; i < scores.length; i++) {
    const wanted = target ? (target[i] as number) : i === label ? 1 : 0;
    scores[i] = ((Math.exp((scores[i] as number) - whole) - wanted) * weight) / items;
  }
  return loss;
}
