import type { BackwardNet, Net } from "./gradients.ts";
import type { Ops, Tensor } from "./ops.ts";

/**
 * A dense layer in the hub's layout, y = x W^T + b.
 * @param x [rows, inputs]; the weight is [outputs, inputs], the bias [outputs]
 */
export function dense({ ops, weights }: Net, name: string, x: Tensor): Tensor {
  const { tf, matMul } = ops;
  return tf.add(matMul(x, weights(`${name}.weight`), false, true), weights(`${name}.bias`));
}

/** The gradient of `dense` by x, [rows, inputs]; adds those by weight and bias. */
export function denseBack(
  { ops, weights, gradients }: BackwardNet,
  name: string,
  x: Tensor,
  dy: Tensor,
): Tensor {
  gradients.add(`${name}.weight`, () => ops.matMul(dy, x, true, false));
  gradients.add(`${name}.bias`, () => ops.sumRows(dy));
  return ops.matMul(dy, weights(`${name}.weight`));
}

/** What the backward pass of a layer norm needs. */
export interface NormSaved {
  /** [rows, columns], before scale and shift. */
  normed: Tensor;
  /** [rows, 1], one over the deviation. */
  inverse: Tensor;
}

/** Layer normalisation (Ba et al. 2016) of each row. @param x [rows, columns] */
export function layerNorm(
  { ops: { tf }, weights }: Net,
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

/** The gradient of `layerNorm` by x; adds those by scale and shift. */
export function layerNormBack(
  { ops: { tf, sumRows }, weights, gradients }: BackwardNet,
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

/** An activation and its derivative, both from the value before it. */
export interface Activation {
  apply(ops: Ops, x: Tensor): Tensor;
  /** dy times the derivative at x. @param y what `apply` gave for x */
  back(ops: Ops, x: Tensor, y: Tensor, dy: Tensor): Tensor;
}

/** The standard normal distribution function. */
function normalCdf({ tf }: Ops, x: Tensor): Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

/** Activations, by their names in the hub's configurations. */
export const activations = {
  /** Exact, by the error function (Hendrycks and Gimpel 2016). */
  gelu: {
    apply: (ops, x) => ops.tf.mul(x, normalCdf(ops, x)),
    back(ops, x, _, dy) {
      const { tf } = ops;
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(normalCdf(ops, x), tf.mul(x, density)));
    },
  },
  relu: {
    apply: ({ tf }, x) => tf.relu(x),
    back: ({ tf }, x, _, dy) => tf.mul(dy, tf.step(x)),
  },
  tanh: {
    apply: ({ tf }, x) => tf.tanh(x),
    back: ({ tf }, _, y, dy) => tf.mul(dy, tf.sub(1, tf.square(y))),
  },
} satisfies Record<string, Activation>;

/** The name of an activation that is known here. */
export type ActivationName = keyof typeof activations;

/** Rows of a table by their numbers: [rows, columns] -> [n, columns]. */
export function gatherRows({ tf }: Ops, table: Tensor, rows: Int32Array): Tensor {
  return tf.gather(table, tf.tensor1d(rows, "int32"));
}

/**
 * The gradient of `takeRows` by the table: rows of dy added up where they came from. By a product
 * with zeros and ones, so that it is the same from run to run on every backend: a scatter on a GPU
 * adds up in any order, and wasm has none.
 * @param dy [n, columns]
 * @param size rows of the table
 */
export function scatterRows(ops: Ops, dy: Tensor, rows: Int32Array, size: number): Tensor {
  const { tf } = ops;
  const indices = new Map<number, number>();
  for (const row of rows) if (!indices.has(row)) indices.set(row, indices.size);
  const used = new Float32Array(indices.size * rows.length);
  rows.forEach((row, i) => {
    used[(indices.get(row) ?? 0) * rows.length + i] = 1;
  });
  const sums = ops.matMul(tf.tensor2d(used, [indices.size, rows.length]), dy);
  const columns = dy.shape[1] ?? 0;
  const back = new Int32Array(size).fill(indices.size);
  for (const [row, index] of indices) back[row] = index;
  const withZeros = tf.concat([sums, tf.zeros([1, columns])]);
  return tf.gather(withZeros, tf.tensor1d(back, "int32"));
}
