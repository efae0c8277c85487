import { mean } from "@seedling/core/internal";
import type { EvaluationRun } from "../results/results.ts";
import { computeMetrics } from "../statistics/metrics.ts";
import type { MeanMetrics } from "./cell.ts";

/**
 * The means over runs of what is told beside accuracy. Where options vary from item to item there are
 * no classes to average over; an evaluation without probabilities has no calibration.
 */
export function averageMetrics(runs: readonly EvaluationRun[]): MeanMetrics {
  const all = runs.map(({ items: { gold, predicted, confidence, right } }) =>
    computeMetrics(
      gold.map((text, row) => ({
        gold: text,
        predicted: predicted[row] ?? "",
        confidence: confidence[row] ?? Number.NaN,
        right: right[row] === 1,
      })),
    ),
  );
  const fixed = runs.every(({ manifest }) => manifest.test.options === "fixed");
  const sure = runs.every(({ items }) => !items.confidence.some(Number.isNaN));
  return {
    macroF1: fixed ? mean(all.map(({ macroF1 }) => macroF1)) : null,
    balancedAccuracy: fixed ? mean(all.map(({ balancedAccuracy }) => balancedAccuracy)) : null,
    matthews: fixed ? mean(all.map(({ matthews }) => matthews)) : null,
    calibrationError: sure ? mean(all.map(({ calibrationError }) => calibrationError)) : null,
  };
}
