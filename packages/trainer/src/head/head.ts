import { openRandom, type Tf } from "@seedling/core";
import type { Kind } from "../features.ts";

export type Tensor2D = ReturnType<Tf["tensor2d"]>;
type Tensor1D = ReturnType<Tf["tensor1d"]>;

/** A linear head at rest. A choice needs no bias: softmax over options would not see it. */
export interface Head {
  kind: Kind;
  /** The length of a vector. */
  dimensions: number;
  /** The number of classes; 1 for "choice". */
  outputs: number;
  /** [dimensions, outputs], row by row. */
  weight: Float32Array;
  /** [outputs], or null for "choice". */
  bias: Float32Array | null;
}

/** A head's numbers as tensors (or variables, in training). */
export interface HeadTensors {
  weight: Tensor2D;
  bias: Tensor1D | null;
}

/** A fresh head: normal weights of deviation 0.02, bias 0. The same seed gives the same head. */
export function createHead(kind: Kind, dimensions: number, outputs: number, seed: number): Head {
  const random = openRandom("head", seed);
  const weight = Float32Array.from({ length: dimensions * outputs }, () => 0.02 * random.normal());
  const bias = kind === "classes" ? new Float32Array(outputs) : null;
  return { kind, dimensions, outputs, weight, bias };
}

/** The head's tensors; whoever asks disposes of them. */
export function toTensors(tf: Tf, { weight, bias, dimensions, outputs }: Head): HeadTensors {
  return {
    weight: tf.tensor2d(weight, [dimensions, outputs]),
    bias: bias && tf.tensor1d(bias),
  };
}

/**
 * Hidden -> scores, the same over cached vectors and inside full tuning.
 * @param hidden "classes": [items, dimensions]; "choice": [items * positions, dimensions]
 * @param positions classes, or options of the item that has most
 * @returns [items, positions]
 */
export function toScores(
  tf: Tf,
  { weight, bias }: HeadTensors,
  hidden: Tensor2D,
  positions: number,
): Tensor2D {
  const products: Tensor2D = tf.matMul(hidden, weight);
  return tf.reshape(bias ? tf.add(products, bias) : products, [-1, positions]);
}
