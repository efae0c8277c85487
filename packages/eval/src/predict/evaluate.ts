import {
  countLabels,
  type Example,
  findMostFrequent,
  mean,
  optionAt,
  toAnswer,
  wilsonInterval,
} from "@seedling/core/internal";
import type { Classifier } from "@seedling/trainer";
import type { TestItem } from "../results/evaluation-manifest.ts";
import { createItemColumns } from "../results/results.ts";
import { constantLevel, judgeAnswers } from "../statistics/constant.ts";
import { computeClassMetrics } from "../statistics/metrics.ts";
import { createTrainingOverlap } from "./overlap.ts";

/** A classifier's answers to labelled examples, and how good they are. */
export type Evaluation = Awaited<ReturnType<typeof evaluate>>;

/**
 * Evaluates a classifier on labelled examples. An answer is right when its text is: options may be
 * repeated within an example.
 * @param classifier stays the caller's, who disposes of it
 * @param examples one at least; each with its own options, which for a classifier of fixed classes are these
 * @param trained what the classifier was trained on, if that is to be compared with; `overlap` is the Jaccard
 *   similarity of letter 5-grams from which an example stands in it
 * @param onProgress receives how many texts are read, and of how many
 * @throws RangeError without examples; ExpectedError if an example's options are not the classifier's classes
 */
export async function evaluate(
  classifier: Pick<Classifier, "predictOptions">,
  examples: readonly Example[],
  {
    trained,
    overlap = 0.7,
    onProgress,
  }: {
    trained?: readonly Example[];
    overlap?: number;
    onProgress?: (done: number, total: number) => void;
  } = {},
) {
  if (examples.length === 0) throw new RangeError("expected at least one example to evaluate on");
  const predictions = await classifier.predictOptions(examples, onProgress);
  const items = examples.map((example, row) => {
    const { label, probabilities } = predictions[row] as (typeof predictions)[number];
    const predicted = label === null ? "" : optionAt(example.options, label);
    return toItem(example, row, predicted, probabilities);
  });
  const correct = items.filter(({ right }) => right).length;
  const accuracy = correct / items.length;
  const columns = createItemColumns(items);
  const metrics = computeClassMetrics(columns);
  const forms = new Set(examples.map(({ options }) => JSON.stringify(options.toSorted())));
  const chance = forms.size === 1 ? null : mean(examples.map(({ options }) => 1 / options.length));
  /** null where each example has options of its own. */
  const ofClasses = <T>(value: T) => (chance === null ? value : null);
  const counts = countLabels(examples);
  const constant = findMostFrequent(columns.gold);
  const majority = trained && findMostFrequent(trained.map(toAnswer));
  const isClose = trained && createTrainingOverlap(trained, overlap);
  const { constantP, sameAnswer } = judgeAnswers(columns, chance);
  return {
    /** One item an example, in their order. */
    items,
    /** What truncation did to each example, in their order; null: it was read whole. */
    truncated: predictions.map(({ truncated = null }) => truncated),
    /** Right answers. */
    correct,
    /** Right answers of all, in [0, 1]. */
    accuracy,
    /** Wilson's 95 % interval of the accuracy over the examples; the classifier's own luck is not in it. */
    interval: wilsonInterval(accuracy, items.length),
    /** The majority baseline: the accuracy, in [0, 1], of always giving the one answer that is right most often here. */
    bestConstant: ofClasses((counts[constant ?? ""] ?? 0) / items.length),
    /** That answer. */
    constantAnswer: ofClasses(constant),
    /** The accuracy of always giving the label that `trained` has most often; null without `trained`. */
    trainMajority: majority ? ofClasses((counts[majority] ?? 0) / items.length) : null,
    /** Whether it is better than the best constant answer, or than a guess where options vary: one-sided, 5 %. */
    beatsConstant: constantP <= constantLevel,
    /** The p of that: McNemar's exact test on the items, or the binomial test. */
    constantP,
    /** Whether one and the same label was given for every example. */
    sameAnswer,
    /** How many examples stand in `trained`, or nearly; null without it. Above 5 % the accuracy says little of new texts. */
    inTrained: isClose ? examples.filter(isClose).length : null,
    /** The accuracy of a guess, in [0, 1], where each example has options of its own; else null. */
    chance,
    /** Mean F1 of the classes, in [0, 1]. */
    macroF1: ofClasses(metrics.macroF1),
    /** Mean recall of the classes, in [0, 1]. */
    balancedAccuracy: ofClasses(metrics.balancedAccuracy),
    /** Matthews' correlation, of more than two classes Gorodkin's, in [-1, 1]. */
    matthews: ofClasses(metrics.matthews),
    /** Expected calibration error in [0, 1], over 15 bins of equal width. */
    calibrationError: metrics.calibrationError,
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
