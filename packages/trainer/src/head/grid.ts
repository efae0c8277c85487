/** How a head stood after one epoch at one learning rate; null where a number was not finite. */
export interface GridPoint {
  learningRate: number;
  /** From 1. */
  epoch: number;
  /** Mean cross entropy over the epoch's batches, in nats. */
  trainLoss: number | null;
  /** Mean cross entropy over the dev items, in nats. */
  devLoss: number | null;
  /** Share of dev items whose chosen option's text is right, 0 to 1. */
  devAccuracy: number | null;
}

/**
 * Whether a point is to be taken before another: higher dev accuracy; ties: lower dev loss, then
 * the earlier epoch, then the smaller learning rate. A point that is not finite is never taken.
 */
export function isBetter(point: GridPoint, other: GridPoint | null): boolean {
  if (point.devAccuracy === null || point.devLoss === null) return false;
  if (other?.devAccuracy == null || other.devLoss === null) return true;
  if (point.devAccuracy !== other.devAccuracy) return point.devAccuracy > other.devAccuracy;
  if (point.devLoss !== other.devLoss) return point.devLoss < other.devLoss;
  if (point.epoch !== other.epoch) return point.epoch < other.epoch;
  return point.learningRate < other.learningRate;
}
