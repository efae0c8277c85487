import {
  countLabels,
  type Example,
  findMostFrequent,
  quote,
  renderCount,
  toAnswer,
} from "@seedling/core/internal";

/** Fewer training examples of a label than this are named before the training. */
const fewExamples = 5;

const named = 8;

/**
 * Names the labels that have no training example, and those that have few.
 * @param labels of the task; examples may have none of some
 * @returns a sentence each; none where every label has enough
 */
export function renderFewLabels(labels: readonly string[], train: readonly Example[]): string[] {
  const counts = countLabels(train);
  const counted = labels.map((label) => ({ label, n: counts[label] ?? 0 }));
  const none = counted.filter(({ n }) => n === 0);
  const few = counted.filter(({ n }) => n > 0 && n < fewExamples);
  const list = (some: typeof counted, withCount: boolean) => {
    const more = some.length > named ? ` and ${some.length - named} more` : "";
    const names = some.slice(0, named);
    return `${names.map(({ label, n }) => `${quote(label)}${withCount ? ` (${n})` : ""}`).join(", ")}${more}`;
  };
  return [
    ...(none.length > 0
      ? [`${renderCount(none.length, "label")} without a training example: ${list(none, false)}`]
      : []),
    ...(few.length > 0
      ? [
          `${renderCount(few.length, "label")} with fewer than ${fewExamples} training examples: ${list(few, true)}`,
        ]
      : []),
  ];
}

/** The accuracy on dev, in [0, 1], of always giving the label that training has most often, the first of equals. */
export function computeDevConstant(train: readonly Example[], dev: readonly Example[]): number {
  const answer = findMostFrequent(train.map(toAnswer));
  return dev.filter((example) => toAnswer(example) === answer).length / dev.length;
}
