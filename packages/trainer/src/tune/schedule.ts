import { createRandom } from "@seedling/core/internal";

/** A learning rate's schedule: the steps of the whole training, and those until the full rate is reached. */
export type Schedule = ReturnType<typeof planSchedule>;

/** Plans a schedule. @param warmUp a fraction of the steps if below 1, else a number of steps */
export function planSchedule(steps: number, warmUp: number) {
  return { steps, warmUp: Math.round(warmUp < 1 ? warmUp * steps : warmUp) };
}

/**
 * Computes the factor of the full learning rate at a step, from 0, as transformers' get_linear_schedule_with_warmup
 * does: linear warm-up from 0, then linear decay to 0. A warm-up that is longer than the training never ends.
 */
export function computeRateFactor({ steps, warmUp }: Schedule, step: number): number {
  if (step < warmUp) return step / warmUp;
  return Math.max(0, (steps - step) / Math.max(1, steps - warmUp));
}

/** The steps of a trial. */
export interface StepPlan {
  /** Items that are drawn together; a step takes several such micro-batches, or one. */
  microBatch: number;
  /** For each epoch where its steps end: after how many micro-batches, counted from the first epoch on. */
  ends: number[][];
}

/**
 * Plans a trial's steps as the Trainer of transformers did in 2023: micro-batches that do not fill a step are
 * carried over to the next epoch, and steps are counted as if they were dropped, so that the last epochs may be
 * shorter or missing. An epoch of one step's micro-batches or fewer ends with a step.
 * @param microBatch a batch that is no multiple of it is drawn as a whole, as is any batch if it is null: then each epoch ends with a step
 */
export function planSteps(
  items: number,
  batchSize: number,
  { epochs, microBatch }: { epochs: number; microBatch: number | null },
): StepPlan {
  const size = microBatch !== null && batchSize % microBatch === 0 ? microBatch : batchSize;
  const perStep = batchSize / size;
  const perEpoch = Math.ceil(items / size);
  const steps = epochs * Math.max(1, Math.floor(perEpoch / perStep));
  const ends: number[][] = [];
  let planned = 0;
  for (let end = 1; planned < steps; end++) {
    if (end % perEpoch === 1 || perEpoch === 1) ends.push([]);
    const isShortEpoch = perEpoch <= perStep && end % perEpoch === 0;
    if (end % perStep !== 0 && !isShortEpoch) continue;
    ends.at(-1)?.push(end);
    planned += 1;
  }
  return { microBatch: size, ends };
}

/**
 * Draws the batches of an epoch's steps from items in random order, whatever their lengths: packed sequences
 * make padding cheap, and in batches of similar lengths the same items would meet again and again.
 * @param epoch from 1; what the one before left over comes first
 */
export function drawBatches<Item>(
  items: readonly Item[],
  { microBatch, ends }: StepPlan,
  epoch: number,
  seed: number,
): Item[][] {
  const draw = (epoch: number) => createRandom("batches", seed, epoch).shuffled(items);
  const perEpoch = Math.ceil(items.length / microBatch);
  const start = (epoch - 1) * perEpoch;
  const left = start - (ends[epoch - 2]?.at(-1) ?? start);
  const before = left > 0 ? draw(epoch - 1).slice((perEpoch - left) * microBatch) : [];
  const order = draw(epoch);
  let from = 0;
  return (ends[epoch - 1] ?? []).map((end, index) => {
    const own = order.slice(from, (end - start) * microBatch);
    from = (end - start) * microBatch;
    return index === 0 ? [...before, ...own] : own;
  });
}
