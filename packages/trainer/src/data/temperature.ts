import { computeCalibrationError } from "@seedling/core/internal";
import type { LabelledItem } from "./examples.ts";
import { argMax, computeCrossEntropy, softmax } from "./metrics.ts";

/** Items that a classifier was not fitted to, with its scores of them: those of dev, or of the folds left out. */
export interface HeldOut {
  items: readonly LabelledItem[];
  /** One array for each item, with a score for each of its positions. */
  scores: readonly ArrayLike<number>[];
}

/** The natural logarithm of the largest temperature; its negative is that of the least. */
const widest = 3;

const golden = (Math.sqrt(5) - 1) / 2;

/**
 * Fits a temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks"): the number that scores are divided
 * by for the least cross entropy of items that they were not fitted to. A normal prior on its logarithm, worth one item
 * or two, keeps few items that are all right from certainty without end. No label changes by it.
 * @returns above 0, in four digits; 1 where fewer than two labels occur, since nothing can be learned of the others
 */
export function fitTemperature({ items, scores }: HeldOut): number {
  if (new Set(items.map(({ label }) => label)).size < 2) return 1;
  const judge = (log: number) => {
    const factor = Math.exp(-log);
    let loss = (log * log) / 2;
    for (const [row, item] of items.entries())
      loss += computeCrossEntropy(
        Float64Array.from(scores[row] ?? [], (x) => x * factor),
        item,
      );
    return loss;
  };
  // Golden section search: the loss has one valley.
  let [low, high] = [-widest, widest];
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [atLeft, atRight] = [judge(left), judge(right)];
  while (high - low > 1e-4)
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = judge(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = judge(right);
    }
  return Number(Math.exp((low + high) / 2).toPrecision(4));
}

/** How probable a classifier's answers are, by itself, and which are right. */
export interface Confidences {
  /** The probability of each answer. */
  confidence: number[];
  right: boolean[];
}

/** Lists the answers to held-out items at a temperature. */
export function listConfidences({ items, scores }: HeldOut, temperature: number): Confidences {
  const chosen = scores.map(argMax);
  return {
    confidence: scores.map(
      (own, row) => softmax(Float64Array.from(own, (x) => x / temperature))[chosen[row] ?? 0] ?? 0,
    ),
    right: items.map(({ right }, row) => right[chosen[row] ?? 0] ?? false),
  };
}

/** What a temperature does to the calibration error of what it was fitted to. */
export type Calibration = ReturnType<typeof calibrate>;

/** Fits a temperature, and finds the expected calibration error, in [0, 1], before and after it. */
export function calibrate(heldOut: HeldOut) {
  const temperature = fitTemperature(heldOut);
  const findError = (at: number) => {
    const { confidence, right } = listConfidences(heldOut, at);
    return computeCalibrationError(confidence, right);
  };
  return { temperature, before: findError(1), after: findError(temperature) };
}
