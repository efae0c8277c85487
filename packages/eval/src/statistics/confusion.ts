import { sum } from "d3-array";
import type { ItemColumns } from "../results/results.ts";

/** Test items of one gold label that got one answer, over all runs. An empty answer is none. */
export interface Confusion {
  gold: string;
  answer: string;
  n: number;
}

/** Counts pairs of gold label and answer, over runs on the same items, in the order in which they come. */
export function countConfusions(
  runs: readonly Pick<ItemColumns, "gold" | "predicted">[],
): Confusion[] {
  const counts = new Map<string, Confusion>();
  for (const { gold, predicted } of runs) {
    gold.forEach((label, item) => {
      const answer = predicted[item] ?? "";
      const key = JSON.stringify([label, answer]);
      const pair = counts.get(key) ?? { gold: label, answer, n: 0 };
      pair.n += 1;
      counts.set(key, pair);
    });
  }
  return [...counts.values()];
}

/** The labels that are gold or answered somewhere, by name, and "" last where some items have no answer. */
export function listLabels(confusions: readonly Confusion[]): string[] {
  const labels = new Set(confusions.flatMap(({ gold, answer }) => [gold, answer]));
  const named = [...labels]
    .filter((label) => label !== "")
    .sort((a, b) => a.localeCompare(b, "en"));
  return labels.has("") ? [...named, ""] : named;
}

export type LabelMetrics = ReturnType<typeof computeLabelMetrics>[number];

/** Counts and rates of each label, fractions in [0, 1]; null: its denominator is 0. No answer is no label. */
export function computeLabelMetrics(confusions: readonly Confusion[]) {
  const count = (is: (pair: Confusion) => boolean) => sum(confusions.filter(is), ({ n }) => n);
  return listLabels(confusions)
    .filter((label) => label !== "")
    .map((label) => {
      const gold = count((pair) => pair.gold === label);
      const answered = count(({ answer }) => answer === label);
      const right = count((pair) => pair.gold === label && pair.answer === label);
      return {
        label,
        /** Items of this label, items given this label, and both. */
        gold,
        answered,
        right,
        recall: gold === 0 ? null : right / gold,
        precision: answered === 0 ? null : right / answered,
        f1: gold + answered === 0 ? null : (2 * right) / (gold + answered),
      };
    });
}
