import type { Item } from "./items.ts";
import { argMax, toCrossEntropy } from "./softmax.ts";

/**
 * Accuracy (0 to 1) and mean cross entropy (nats) of scores against items.
 * @param scores [items, positions]; positions an item has not are passed over
 */
export function toDevFigures(
  items: readonly Item[],
  scores: Float32Array,
): { accuracy: number; loss: number } {
  const positions = scores.length / items.length;
  let rightItems = 0;
  let loss = 0;
  items.forEach(({ label, right }, row) => {
    const own = scores.subarray(row * positions, row * positions + right.length);
    if (right[argMax(own)]) rightItems += 1;
    loss += toCrossEntropy(own, label);
  });
  return { accuracy: rightItems / items.length, loss: loss / items.length };
}
