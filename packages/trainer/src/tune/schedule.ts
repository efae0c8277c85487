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
