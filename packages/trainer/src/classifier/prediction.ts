import { argMax, softmax } from "../data/metrics.ts";

export interface Prediction {
  /** The index of the chosen option. */
  label: number;
  /** One for each of the example's options, in its order; they sum to 1. */
  probabilities: number[];
}

/**
 * Scores as a prediction.
 * @param scores of the classes, or of the example's options
 * @param places for each option its class; null: the scores are the options'
 */
export function toPrediction(scores: Float32Array, places: readonly number[] | null): Prediction {
  const whole = softmax(scores);
  const probabilities = places?.map((place) => whole[place] ?? 0) ?? whole;
  return { label: argMax(probabilities), probabilities };
}
