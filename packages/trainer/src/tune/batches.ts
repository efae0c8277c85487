import type { Random } from "@seedling/core/internal";
import { countLongest, type TokenItem } from "./token-items.ts";

/** Batches whose items are sorted together: enough to be of a length, few enough to be mixed. */
const bucketBatches = 50;

/**
 * An epoch's batches: items in random order, sorted by length within buckets of 50 batches, so that
 * a batch has little padding, the batches again in random order. Each item comes once.
 */
export function drawBatches<Item extends TokenItem>(
  items: readonly Item[],
  batchSize: number,
  random: Random,
): Item[][] {
  const order = random.shuffled(items);
  const batches: Item[][] = [];
  const bucket = bucketBatches * batchSize;
  for (let from = 0; from < order.length; from += bucket) {
    const sorted = order
      .slice(from, from + bucket)
      .sort((a, b) => countLongest(a) - countLongest(b));
    for (let at = 0; at < sorted.length; at += batchSize)
      batches.push(sorted.slice(at, at + batchSize));
  }
  return random.shuffled(batches);
}
