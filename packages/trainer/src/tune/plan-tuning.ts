import { type Backend, type Flags, hashValue } from "@seedling/core/internal";
import { listFileStats } from "../checkpoint/encoder-hash.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import type { Parameter } from "../encoder/parameters.ts";
import { chooseRecompute, estimateMemory, type StepSize } from "./memory.ts";
import { chooseRecipe } from "./recipes.ts";
import { countLongest, type TokenItem } from "./token-items.ts";
import type { TrialSettings, TuneOptions } from "./tune.ts";

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
