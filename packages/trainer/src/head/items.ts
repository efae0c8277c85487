import type { Example } from "@seedling/core/internal";
import { type LabelledItem, toLabelledItem } from "../data/scored.ts";

/** A labelled example as the head sees it. */
export interface VectorItem extends LabelledItem {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
}

/**
 * Examples with their vectors as items.
 * @param classes the class names for "classes", null for "choice"
 * @throws ExpectedError if an example's options are not the classes
 */
export function toVectorItems(
  examples: readonly Example[],
  vectors: readonly Float32Array[][],
  classes: readonly string[] | null,
): VectorItem[] {
  return examples.map((example, i) => ({
    vectors: vectors[i] ?? [],
    ...toLabelledItem(example, classes),
  }));
}

/** The greatest number of vectors that an item has. */
export function countMostVectors(items: readonly VectorItem[]): number {
  return items.reduce((most, { vectors }) => Math.max(most, vectors.length), 0);
}
