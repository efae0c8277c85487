import { type Backend, type Flags, hashValue } from "@seedling/core/internal";
import { listFileStats } from "../checkpoint/encoder-hash.ts";
import type { TrialSettings } from "../data/trials.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import type { Parameter } from "../encoder/parameters.ts";
import { chooseRecompute, estimateMemory, type StepSize } from "./memory.ts";
import { countLongest, type TokenItem } from "./token-items.ts";
import type { TuneOptions } from "./tune.ts";

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

/** What of a tuning the flags say. */
export type TuningPlan = Pick<
  TuneOptions,
  "grid" | "epochs" | "warmUp" | "weightDecay" | "clip" | "freeze" | "parts" | "earlyStop"
>;

/** @param choice the one point of the grid, where another seed has chosen; null: the recipe's grid */
export function planTuning(flags: Flags, choice: TrialSettings | null): TuningPlan {
  const { learningRates, batchSizes, epochs, warmUp } = chooseRecipe(flags);
  const { weightDecay, clip, freeze, accumulate: parts, earlyStop } = flags;
  const grid = batchSizes.flatMap((batchSize) =>
    learningRates.map((learningRate) => ({ learningRate, batchSize })),
  );
  return {
    grid: choice ? [choice] : grid,
    epochs,
    warmUp,
    weightDecay,
    clip,
    freeze,
    parts,
    earlyStop,
  };
}

/** How a step is computed, and an estimate of what that takes, in bytes. */
export function planMemory(
  flag: Flags["recompute"],
  { grid, freeze, parts }: TuningPlan,
  model: { config: EncoderConfig; parameters: readonly Parameter[] },
  items: readonly TokenItem[],
  backend: Pick<Backend, "device">,
): { recompute: boolean; bytes: number } {
  const perItem = Math.max(...items.map(({ sequences }) => sequences.length));
  const largest = Math.max(...grid.map(({ batchSize }) => batchSize));
  const size: StepSize = {
    ...model,
    freeze,
    sequences: perItem * Math.ceil(Math.min(largest, items.length) / parts),
    longest: Math.max(...items.map(countLongest)),
  };
  const recompute = chooseRecompute(flag, size, backend);
  return { recompute, bytes: estimateMemory(size, recompute) };
}

/** Names everything that a training depends on: one of another name does not go on from it. */
export async function hashTuning(folder: string, facts: Record<string, unknown>): Promise<string> {
  return hashValue({ ...facts, files: await listFileStats(folder, /\.(safetensors|json)$/) });
}
