import type { Interval } from "@seedling/core/internal";

/** How the paper's number lies in relation to ours. */
export type FigureVerdict = "agrees" | "higher" | "lower" | "underpowered";

/** Half the width of a prediction interval from which on agreement says nothing: five points. */
export const widestAgreement = 0.05;

/** A number of the paper's and ours, as fractions in [0, 1]. */
export interface FigureCase {
  paper: number;
  /** Our 95 % prediction interval for one further run: the paper's number is very probably one run. */
  prediction: Interval;
  /** Whether the bundled sample went into ours. */
  sample: boolean;
}

/**
 * Does the paper's number lie in our prediction interval? `agrees`; `underpowered` where the interval
 * is so wide that nearly any number would; `higher` or `lower`: ours lies above or below the paper's.
 * @returns null for sample data, which say nothing about the benchmark
 */
export function judgeFigure({ paper, prediction, sample }: FigureCase): FigureVerdict | null {
  if (sample) return null;
  const { low, high } = prediction;
  if (paper < low) return "higher";
  if (paper > high) return "lower";
  return (high - low) / 2 > widestAgreement ? "underpowered" : "agrees";
}
