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
      const key = `${label.length} ${label}${answer}`; // the length tells where the label ends
      const pair = counts.get(key) ?? { gold: label, answer, n: 0 };
      pair.n += 1;
      counts.set(key, pair);
    });
  }
  return [...counts.values()];
}

/** Items of a class: as gold, as predicted, and as both. */
export type ClassCounts = Record<"gold" | "predicted" | "agreed", number>;

/** Counts the items of each class, "" being no answer, in the order in which classes come. */
export function countClasses(confusions: readonly Confusion[]): Map<string, ClassCounts> {
  const classes = new Map<string, ClassCounts>();
  const at = (name: string) => {
    const counts = classes.get(name) ?? { gold: 0, predicted: 0, agreed: 0 };
    classes.set(name, counts);
    return counts;
  };
  for (const { gold, answer, n } of confusions) {
    at(gold).gold += n;
    at(answer).predicted += n;
    if (gold === answer) at(gold).agreed += n;
  }
  return classes;
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
  const classes = countClasses(confusions);
  return listLabels(confusions)
    .filter((label) => label !== "")
    .map((label) => {
      const { gold, predicted: answered, agreed: right } = classes.get(label) as ClassCounts;
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
