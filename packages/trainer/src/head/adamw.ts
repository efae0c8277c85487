import { adamW } from "../tune/adamw.ts";

/** A parameter in training: its numbers and AdamW's two moments. */
export interface Trained {
  values: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  /** Whether it is decayed: weights are, biases are not. */
  decayed: boolean;
}

export interface StepOptions {
  /** Steps done with this one, from 1. */
  step: number;
  rate: number;
  weightDecay: number;
}

/**
 * A step of AdamW (Loshchilov and Hutter 2019) where the numbers are, in one pass over them: for a
 * head's few numbers that is quicker than a dozen operations of a backend.
 */
export function stepAdamW(
  { values, firstMoments, secondMoments, decayed }: Trained,
  gradient: Float32Array,
  { step, rate, weightDecay }: StepOptions,
): void {
  const { beta1, beta2, epsilon } = adamW;
  // Both corrections drawn together: m / c1 / (sqrt(v / c2) + e) = m * sqrt(c2) / c1 / (sqrt(v) + e * sqrt(c2)).
  const correction = Math.sqrt(1 - beta2 ** step);
  const length = (rate * correction) / (1 - beta1 ** step);
  const offset = epsilon * correction;
  const kept = decayed ? 1 - rate * weightDecay : 1;
  for (let i = 0; i < values.length; i++) {
    const slope = gradient[i] as number;
    const first = beta1 * (firstMoments[i] as number) + (1 - beta1) * slope;
    const second = beta2 * (secondMoments[i] as number) + (1 - beta2) * slope * slope;
    firstMoments[i] = first;
    secondMoments[i] = second;
    values[i] = kept * (values[i] as number) - (length * first) / (Math.sqrt(second) + offset);
  }
}
