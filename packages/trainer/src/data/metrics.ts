import type { LabelledItem } from "./scored.ts";
import { argMax, computeCrossEntropy } from "./softmax.ts";

/** How a classifier did on items. */
export interface DevMetrics {
  /** Share of right items, 0 to 1. */
  accuracy: number;
  /** Mean cross entropy, in nats. */
  loss: number;
  /** Whether one and the same position was chosen for every item. */
  collapsed: boolean;
}

/** Figures of scores against items. @param scores an array an item */
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
