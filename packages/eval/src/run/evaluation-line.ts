import { quote, renderCount, renderPercent, wilsonInterval } from "@seedling/core/internal";
import { max } from "d3-array";
import type { EvaluationManifest } from "../results/evaluation-manifest.ts";
import { constantLevel, mostShared } from "../statistics/constant.ts";
import { computeBaseline } from "../tables/baselines.ts";
import { renderInterval, renderP } from "../tables/numbers.ts";

/**
 * One evaluation in words: its accuracy beside the constant answers', and what casts a doubt on it. Plain text on one
 * line: `25 of 100 right: 25.0 % (17.5–34.3), always "billing" 25.0 % ...`.
 */
export function renderEvaluation(manifest: Pick<EvaluationManifest, "train" | "test">): string {
  const { test } = manifest;
  const { n, correct, judged } = test;
  const accuracy = correct / n;
  const interval = renderInterval(wilsonInterval(accuracy, n));
  const figures = [
    `${renderPercent(accuracy)} (95 % interval ${interval})`,
    ...renderConstants(manifest),
    ...renderClassMetrics(test),
  ];
  return [
    `${correct} of ${n} right: ${figures.join(", ")}`,
    ...(judged?.sameAnswer ? [`all ${n} answers alike`] : []),
    ...(judged && judged.constantP > constantLevel ? [renderNotBetter(test)] : []),
    ...renderShared(test),
  ].join("; ");
}

/** `NOT BETTER than the constant answer (one-sided p 0.312)`. */
function renderNotBetter({ options, judged }: EvaluationManifest["test"]): string {
  const what = options === "fixed" ? "the constant answer" : "a guess";
  return `NOT BETTER than ${what} (one-sided p ${renderP(judged?.constantP ?? 1)})`;
}

/** The constant answers: the label most frequent in training, and the one that is right most often here. */
function renderConstants(manifest: Pick<EvaluationManifest, "train" | "test">): string[] {
  const { train, test } = manifest;
  const { chance, trainMajority, bestConstant } = computeBaseline(manifest);
  if (chance !== null) return [`a guess ${renderPercent(chance)}`];
  const [best] = listMostFrequent(test.labels);
  if (bestConstant === null || best === undefined) return [];
  const ofBest = `always ${quote(best)}, the best constant, ${renderPercent(bestConstant)}`;
  const trained = listMostFrequent(train.labels);
  const [first] = trained;
  if (first === undefined || trainMajority === null) return [ofBest];
  const majority = renderPercent(trainMajority);
  const isSingle = trained.length === 1;
  if (majority === renderPercent(bestConstant))
    return [`${isSingle ? `always ${quote(first)}` : "a constant answer"} ${majority}`];
  const ofTrained = isSingle
    ? `always ${quote(first)}, most frequent in training, ${majority}`
    : `a guess between the ${renderCount(trained.length, "label")} most frequent in training ${majority}`;
  return [ofTrained, ofBest];
}

/** The labels that are most frequent, in their order. */
function listMostFrequent(labels: Readonly<Record<string, number>> | null): string[] {
  const most = max(Object.values(labels ?? {})) ?? 0;
  return Object.entries(labels ?? {}).flatMap(([label, count]) =>
    count === most && count > 0 ? [label] : [],
  );
}

/** Of more than two labels: with two, accuracy beside the constant says as much. */
function renderClassMetrics({ optionCount, judged }: EvaluationManifest["test"]): string[] {
  const { balancedAccuracy = null, macroF1 = null } = judged ?? {};
  if (balancedAccuracy === null || macroF1 === null || optionCount < 3) return [];
  return [
    `balanced accuracy ${renderPercent(balancedAccuracy)}`,
    `macro-F1 ${renderPercent(macroF1)}`,
  ];
}

function renderShared({ n, shared }: EvaluationManifest["test"]): string[] {
  const inTraining = shared?.train ?? 0;
  if (inTraining === 0) return [];
  const stand = `${renderCount(inTraining, "test item")} (${renderPercent(inTraining / n)}) ${inTraining === 1 ? "stands" : "stand"} in the training data, or nearly`;
  if (inTraining / n <= mostShared) return [stand];
  return [`WARNING: ${stand}: on new texts expect less`];
}
