import type { Tf } from "@seedling/core";
import type { Tensor2D } from "./head.ts";
import type { Item } from "./items.ts";

/** Items as tensors. Where an item has fewer positions than others, the mask shuts the rest out. */
export interface Batch {
  /** [items * texts, dimensions], padded with zeros. */
  hidden: Tensor2D;
  /** [items, positions], 1 at each label. */
  target: Tensor2D;
  /** [items, positions], 0 where there is a position and -1e9 where there is none; added to scores. */
  mask: Tensor2D;
  /** The numbers of items, and of positions of the item that has most. */
  items: number;
  positions: number;
}

/** Lays items out as tensors; whoever asks disposes of them. Typed arrays first: slicing is slow. */
export function toBatch(tf: Tf, items: readonly Item[]): Batch {
  const dimensions = items[0]?.vectors[0]?.length ?? 0;
  const positions = Math.max(...items.map(({ right }) => right.length));
  const texts = Math.max(...items.map(({ vectors }) => vectors.length));
  const hidden = new Float32Array(items.length * texts * dimensions);
  const target = new Float32Array(items.length * positions);
  const mask = new Float32Array(items.length * positions);
  items.forEach(({ vectors, label, right }, row) => {
    vectors.forEach((vector, text) => {
      hidden.set(vector, (row * texts + text) * dimensions);
    });
    target[row * positions + label] = 1;
    mask.fill(-1e9, row * positions + right.length, (row + 1) * positions);
  });
  return {
    hidden: tf.tensor2d(hidden, [items.length * texts, dimensions]),
    target: tf.tensor2d(target, [items.length, positions]),
    mask: tf.tensor2d(mask, [items.length, positions]),
    items: items.length,
    positions,
  };
}

export function disposeBatch(tf: Tf, { hidden, target, mask }: Batch): void {
  tf.dispose([hidden, target, mask]);
}
