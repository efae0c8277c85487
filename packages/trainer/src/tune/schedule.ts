import type { Random } from "@seedling/core/internal";
import { countLongest, type TokenItem } from "./token-items.ts";

/** How the rate of a training goes. */
export interface Schedule {
  /** Of the whole training. */
  steps: number;
  /** Steps until the full rate is reached. */
  warmUp: number;
}

/** @param warmUp below 1 a share of the steps, else a number of them */
export function planSchedule(steps: number, warmUp: number): Schedule {
  return { steps, warmUp: Math.round(warmUp < 1 ? warmUp * steps : warmUp) };
}

/**
 * The share of the full rate at a step, from 0: up in a line, then down to 0 in a line. A warm-up
 * that is longer than the training never ends.
 */
export function computeRateFactor({ steps, warmUp }: Schedule, step: number): number {
  if (step < warmUp) return (step + 1) / warmUp;
  return Math.max(0, (steps - step) / Math.max(1, steps - warmUp));
}

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
