import type { Flags } from "@seedling/core/internal";

/** What a full tuning tries, and for how long. */
export interface Recipe {
  learningRates: readonly number[];
  batchSizes: readonly number[];
  epochs: number;
  /** Below 1 a share of the steps, else a number of them. */
  warmUp: number;
}

/** The three recipes by name. */
export const recipes: Record<Flags["recipe"], Recipe> = {
  default: { learningRates: [5e-6, 1e-5, 2e-5], batchSizes: [16], epochs: 10, warmUp: 0.06 },
  /** The grid of Lee et al. 2023; the warm-up is ours, since none is known of theirs. */
  paper: {
    learningRates: [5e-7, 1e-6, 3e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 3e-4],
    batchSizes: [4, 8, 16],
    epochs: 10,
    warmUp: 0.06,
  },
  /**
   * The original's script/train.sh and loop_example.sh: batches of 4, 16 of them a step, and 100
   * steps of warm-up, more than a small task has steps.
   */
  script: { learningRates: [5e-6, 1e-5, 2e-5], batchSizes: [64], epochs: 10, warmUp: 100 },
};

/** The flags' recipe, with what the flags give themselves. */
export function chooseRecipe(flags: Flags): Recipe {
  const recipe = recipes[flags.recipe];
  return {
    learningRates: flags.learningRates ?? recipe.learningRates,
    batchSizes: flags.batchSize ?? recipe.batchSizes,
    epochs: flags.epochs ?? recipe.epochs,
    warmUp: flags.warmUp ?? recipe.warmUp,
  };
}
