import type { LabelledItem } from "./scored.ts";
import { logSumExp } from "./softmax.ts";

/**
 * The mean cross entropy of a batch, in nats, and its gradient by the scores.
 * @param scores the items' positions, one item after the other
 * @param items of how many the mean is taken: more than are here where a batch comes in parts
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
    for (let place = 0; place < own.length; place++)
      gradient[from + place] =
        (Math.exp((own[place] as number) - whole) - (place === label ? 1 : 0)) / items;
    from += own.length;
  }
  return { loss, gradient };
}
