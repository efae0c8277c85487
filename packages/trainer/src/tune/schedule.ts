import type { Random } from "@seedling/core/internal";
import { countLongest, type TokenItem } from "./token-items.ts";

/** A learning rate's schedule. */
export interface Schedule {
  /** Steps of the whole training. */
  steps: number;
  /** Steps until the full learning rate is reached. */
  warmUp: number;
}

/** Plans a schedule. @param warmUp a fraction of the steps if below 1, else a number of steps */
export function planSchedule(steps: number, warmUp: number): Schedule {
  return { steps, warmUp: Math.round(warmUp < 1 ? warmUp * steps : warmUp) };
}

/**
 * Computes the factor of the full learning rate at a step, from 0: linear warm-up, then linear decay to 0. A
 * warm-up that is longer than the training never ends.
 */
export function computeRateFactor({ steps, warmUp }: Schedule, step: number): number {
  if (step < warmUp) return (step + 1) / warmUp;
  return Math.max(0, (steps - step) / Math.max(1, steps - warmUp));
}

/** Batches whose items are sorted together: enough for similar lengths, few enough to stay mixed. */
const bucketBatches = 50;

/**
 * Draws an epoch's batches: items in random order, sorted by length within buckets of 50 batches, so that
 * a batch has little padding, then the batches in random order. Each item comes once.
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
