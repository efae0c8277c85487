import type { Scored } from "./scored.ts";
import { logSumExp } from "./softmax.ts";

/** An item's positions within the scores of a batch. */
function* toSpans<Item extends Scored>(
  items: readonly Item[],
): Generator<{ item: Item; from: number; to: number }> {
  let from = 0;
  for (const item of items) {
    const to = from + item.right.length;
    yield { item, from, to };
    from = to;
  }
}

/**
 * The mean cross entropy of a batch, in nats, and its gradient by the scores.
 * @param scores the items' positions, one item after the other
 * @param items of how many the mean is taken: more than are here where a batch comes in parts
 */
export function toLoss(
  scores: Float32Array,
  batch: readonly Scored[],
  items: number,
): { loss: number; gradient: Float32Array } {
  const gradient = new Float32Array(scores.length);
  let loss = 0;
  for (const { item, from, to } of toSpans(batch)) {
    const own = scores.subarray(from, to);
    const whole = logSumExp(own);
    loss += (whole - (own[item.label] ?? Number.NaN)) / items;
    for (let place = 0; place < own.length; place++)
      gradient[from + place] =
        (Math.exp((own[place] as number) - whole) - (place === item.label ? 1 : 0)) / items;
  }
  return { loss, gradient };
}
