/** Scores -> probabilities that sum to 1. */
export function softmax(scores: ArrayLike<number>): number[] {
  const whole = logSumExp(scores);
  return Array.from(scores, (score) => Math.exp(score - whole));
}

/** The cross entropy of scores against one right position, in nats: -log of its probability. */
export function computeCrossEntropy(scores: ArrayLike<number>, label: number): number {
  return logSumExp(scores) - (scores[label] ?? Number.NaN);
}

/** The place of the highest score, the first of several. */
export function argMax(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[best] ?? 0)) best = i;
  return best;
}

/** The logarithm of the sum of exponentials, without overflow. */
export function logSumExp(scores: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) highest = Math.max(highest, scores[i] as number);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp((scores[i] as number) - highest);
  return highest + Math.log(sum);
}
