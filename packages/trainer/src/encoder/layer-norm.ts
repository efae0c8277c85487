import type { Gradients } from "./gradients.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { Weights } from "./weights.ts";

/** What the way back of a layer norm needs. */
export interface NormSaved {
  /** [rows, columns], before scale and shift. */
  normed: Tensor;
  /** [rows, 1], one over the deviation. */
  inverse: Tensor;
}

/** Layer normalisation (Ba et al. 2016) of each row. @param x [rows, columns] */
export function layerNorm(
  { tf }: Ops,
  weights: Weights,
  name: string,
  x: Tensor,
  epsilon: number,
): NormSaved & { y: Tensor } {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  const normed = tf.mul(centred, inverse);
  const y = tf.add(tf.mul(normed, weights(`${name}.weight`)), weights(`${name}.bias`));
  return { y, normed, inverse };
}

/** The gradient of `layerNorm` by x; those by scale and shift are added up. */
export function layerNormBack(
  { tf, sumRows }: Ops,
  weights: Weights,
  gradients: Gradients,
  name: string,
  { normed, inverse }: NormSaved,
  dy: Tensor,
): Tensor {
  gradients.add(`${name}.weight`, () => sumRows(tf.mul(dy, normed)));
  gradients.add(`${name}.bias`, () => sumRows(dy));
  const dn = tf.mul(dy, weights(`${name}.weight`));
  const along = tf.mul(normed, tf.mean(tf.mul(dn, normed), 1, true));
  return tf.mul(inverse, tf.sub(tf.sub(dn, tf.mean(dn, 1, true)), along));
}
