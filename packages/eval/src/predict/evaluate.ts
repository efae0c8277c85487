import {
  countLabels,
  type Example,
  type Interval,
  mean,
  optionAt,
  toAnswer,
  wilsonInterval,
} from "@seedling/core/internal";
import type { Classifier } from "@seedling/trainer";
import type { TestItem } from "../results/evaluation-manifest.ts";
import { createItemColumns } from "../results/read-items.ts";
import { computeClassMetrics } from "../statistics/metrics.ts";

/** A classifier's answers to labelled examples, and how good they are. */
export interface Evaluation {
  /** One item an example, in their order. */
  items: TestItem[];
  /** Right answers. */
  correct: number;
  /** Right answers of all, in [0, 1]. */
  accuracy: number;
  /** Wilson's 95 % interval of the accuracy over the examples; the classifier's own luck is not in it. */
  interval: Interval;
  /**
   * The majority baseline: the accuracy, in [0, 1], of always giving the one answer that is right most often
   * here; null where each example has options of its own.
   */
  bestConstant: number | null;
  /** The accuracy of a guess, in [0, 1], where each example has options of its own; else null. */
  chance: number | null;
  /** Mean F1 of the classes, in [0, 1]; null where each example has options of its own. */
  macroF1: number | null;
  /** Mean recall of the classes, in [0, 1]; null where each example has options of its own. */
  balancedAccuracy: number | null;
  /** Matthews' correlation, of more than two classes Gorodkin's, in [-1, 1]; null as above. */
  matthews: number | null;
  /** Expected calibration error in [0, 1], over 15 bins of equal width. */
  calibrationError: number;
}

/**
 * Evaluates a classifier on labelled examples. An answer is right when its text is: options may be
 * repeated within an example.
 * @param classifier stays the caller's, who disposes of it
 * @param examples one at least; each with its own options, which for a classifier of fixed classes are these
 * @param onProgress receives how many texts are read, and of how many
 * @throws RangeError without examples; ExpectedError if an example's options are not the classifier's classes
 */
export async function evaluate(
  classifier: Pick<Classifier, "predictOptions">,
  examples: readonly Example[],
  { onProgress }: { onProgress?: (done: number, total: number) => void } = {},
): Promise<Evaluation> {
  if (examples.length === 0) throw new RangeError("expected at least one example to evaluate on");
  const predictions = await classifier.predictOptions(examples, onProgress);
  const items = examples.map((example, row) => {
    const { label, probabilities } = predictions[row] as (typeof predictions)[number];
    return toItem(example, row, optionAt(example.options, label), probabilities);
  });
  const correct = items.filter(({ right }) => right).length;
  const accuracy = correct / items.length;
  const { calibrationError, ...byClass } = computeClassMetrics(createItemColumns(items));
  const forms = new Set(examples.map(({ options }) => JSON.stringify(options.toSorted())));
  const fixed = {
    ...byClass,
    bestConstant: Math.max(...Object.values(countLabels(examples))) / items.length,
    chance: null,
  };
  const varying = {
    macroF1: null,
    balancedAccuracy: null,
    matthews: null,
    bestConstant: null,
    chance: mean(examples.map(({ options }) => 1 / options.length)),
  };
  return {
    items,
    correct,
    accuracy,
    interval: wilsonInterval(accuracy, items.length),
    ...(forms.size === 1 ? fixed : varying),
    calibrationError,
  };
}

/** An item of an answer: it is right when its text is that of the gold label. */
export function toItem(
  example: Example,
  row: number,
  predicted: string,
  probabilities: number[],
): TestItem {
  const gold = toAnswer(example);
  return { split: "test", row, gold, predicted, probabilities, right: predicted === gold };
}
