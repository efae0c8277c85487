import type { Scored } from "./scored.ts";
import { argMax, toCrossEntropy } from "./softmax.ts";

/** How a classifier did on items. */
export interface Figures {
  /** Share of right items, 0 to 1. */
  accuracy: number;
  /** Mean cross entropy, in nats. */
  loss: number;
  /** Whether one and the same position was chosen for every item. */
  collapsed: boolean;
}

/** Figures of scores against items. @param scores an array an item */
export function toFigures(items: readonly Scored[], scores: readonly ArrayLike<number>[]): Figures {
  const chosen = scores.map(argMax);
  const right = items.filter((item, row) => item.right[chosen[row] ?? 0]).length;
  const losses = items.map(({ label }, row) => toCrossEntropy(scores[row] ?? [], label));
  return {
    accuracy: right / items.length,
    loss: losses.reduce((sum, loss) => sum + loss, 0) / items.length,
    collapsed: new Set(chosen).size === 1,
  };
}
