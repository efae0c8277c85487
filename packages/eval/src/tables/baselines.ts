import { mean } from "@seedling/core/internal";
import { max, sum } from "d3-array";
import type { EvaluationManifest } from "../results/evaluation-manifest.ts";

/** Accuracies on the test set, in [0, 1], that need no classifier; null where there is no such figure. */
export type Baseline = ReturnType<typeof meanBaseline>;

export function computeBaseline({ train, test }: Pick<EvaluationManifest, "train" | "test">) {
  if (test.options === "varying")
    return { chance: computeChance(test), trainMajority: null, tied: false, bestConstant: null };
  const gold = test.labels;
  const counts = train.labels ?? {};
  const most = max(Object.values(counts)) ?? 0;
  const majority = Object.keys(counts).filter((label) => counts[label] === most);
  const known = gold !== null && majority.length > 0;
  return {
    chance: null,
    trainMajority: known ? mean(majority.map((label) => (gold[label] ?? 0) / test.n)) : null,
    tied: majority.length > 1,
    bestConstant: gold && (max(Object.values(gold)) ?? 0) / test.n,
  };
}

/** The mean of 1/k over the items, k being an item's options. */
function computeChance({ optionCount, optionCounts, n }: EvaluationManifest["test"]): number {
  if (!optionCounts) return 1 / optionCount;
  return sum(Object.entries(optionCounts), ([k, items]) => items / Number(k)) / n;
}

/** The mean of the baselines of runs on one test set: created labels differ from seed to seed. */
export function meanBaseline(baselines: readonly ReturnType<typeof computeBaseline>[]) {
  return {
    /** A guess among an item's options: the mean of 1/k (multiple choice). */
    chance: meanOrNull(baselines.map(({ chance }) => chance)),
    /** Always the training set's most frequent label (yes/no). */
    trainMajority: meanOrNull(baselines.map(({ trainMajority }) => trainMajority)),
    /** Two labels or more were equally frequent in training: a guess between them was taken. */
    tied: baselines.some(({ tied }) => tied),
    /** Always the same label, the one that fits the test set best (yes/no). */
    bestConstant: meanOrNull(baselines.map(({ bestConstant }) => bestConstant)),
  };
}

/** The mean; null where there is no value, or any of them is not known. */
export function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 && known.length === values.length ? mean(known) : null;
}
