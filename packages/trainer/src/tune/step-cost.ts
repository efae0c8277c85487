import { ExpectedError } from "@seedling/core/internal";

/** What the cost of a training step depends on, but for its length. */
export interface StepManner {
  /** Layers of the encoder. */
  layers: number;
  /** Lower layers that are left as they are. */
  freeze: number;
  /** Whether layers are computed twice. */
  recompute: boolean;
}

/**
 * What training on an item costs, in passes forward through the whole encoder; scoring one costs 1. The
 * way back takes two matrix products for each one of the way there, through the trained layers alone.
 */
export function computeTrainingCost({ layers, freeze, recompute }: StepManner): number {
  const trained = Math.max(0, layers - freeze) / layers;
  return 1 + (recompute ? 3 : 2) * trained;
}

/** @throws ExpectedError if more layers are to be frozen than an encoder has */
export function checkFreeze(freeze: number, layers: number, encoder: string): void {
  if (freeze > layers)
    throw new ExpectedError(
      `--freeze ${freeze}: expected at most the ${layers} layers of ${encoder}`,
    );
}
