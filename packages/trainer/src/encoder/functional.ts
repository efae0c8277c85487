import type { Module, Net } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";

/** How a dense layer differs from the hub's. */
interface DenseOptions {
  /** Whether its weight is [inputs, outputs]; the hub's are [outputs, inputs]. */
  inputsFirst?: boolean;
  hasBias?: boolean;
  /** Whether x are data: no gradient by x is computed, and the way back gives dy. */
  isFirst?: boolean;
}

/** A dense layer, y = x W^T + b: x is [rows, inputs], y [rows, outputs]. */
export function dense(
  { ops, weights }: Net,
  name: string,
  { inputsFirst = false, hasBias = true, isFirst = false }: DenseOptions = {},
): Module {
  const { matMul, addBias, sumRows } = ops;
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  return (x) => {
    const product = matMul(x, weights(weight), false, !inputsFirst);
    return {
      y: hasBias ? addBias(product, weights(bias)) : product,
      saved: [x],
      back(dy, gradients) {
        const [a, b] = inputsFirst ? [x, dy] : [dy, x];
        gradients.add(weight, () => matMul(a, b, true, false));
        if (hasBias) gradients.add(bias, () => sumRows(dy));
        return isFirst ? dy : matMul(dy, weights(weight), false, inputsFirst);
      },
    };
  };
}

/** Layer normalisation (Ba et al. 2016) of each row of x, [rows, columns]. */
export function layerNorm(
  { ops, weights }: Net,
  name: string,
  epsilon: number,
  hasBias = true,
): Module {
  const { tf, sumRows } = ops;
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  return (x) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const normed = tf.mul(centred, inverse);
    const scaled = tf.mul(normed, weights(weight));
    return {
      y: hasBias ? tf.add(scaled, weights(bias)) : scaled,
      saved: [normed, inverse],
      back(dy, gradients) {
        gradients.add(weight, () => sumRows(tf.mul(dy, normed)));
        if (hasBias) gradients.add(bias, () => sumRows(dy));
        const dn = tf.mul(dy, weights(weight));
        const along = tf.mul(normed, tf.mean(tf.mul(dn, normed), 1, true));
        return tf.mul(inverse, tf.sub(tf.sub(dn, tf.mean(dn, 1, true)), along));
      },
    };
  };
}

/** Rows of a table by their numbers: [rows, columns] -> [n, columns]. */
export function gatherRows({ tf }: Ops, table: Tensor, rows: Int32Array): Tensor {
  return tf.gather(table, tf.tensor1d(rows, "int32"));
}

/**
 * The gradient of `gatherRows` by the table: rows of dy added up where they came from. By a product
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

/** Names a dropout: on one backend the same key drops the same values. */
export interface DropoutKey {
  /** Of the training's step. */
  seed: number;
  /** Index of the dropout within the step. */
  index: number;
}

/**
 * Creates dropout's mask (Srivastava et al. 2014): 1 / (1 - rate) where a value is kept, 0 where not. No
 * generator with a state: a mask that is computed again is the same.
 * @returns null if nothing is dropped
 */
export function createDropoutMask(
  { tf, draw }: Ops,
  shape: number[],
  rate: number,
  key: DropoutKey | null,
): Tensor | null {
  if (key === null || rate === 0) return null;
  const kept = 1 / (1 - rate);
  if (draw) return tf.mul(tf.cast(tf.greaterEqual(draw(shape, key), rate), "float32"), kept);
  const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const bound = Math.round((rate - 0.5) * 2 ** 32);
  const start = scramble(scramble(key.seed) ^ Math.imul(key.index + 1, golden));
  for (let i = 0; i < values.length; i++)
    values[i] = scramble(start + Math.imul(i, golden)) < bound ? 0 : kept;
  return tf.tensor(values, shape);
}

/** 2^32 over the golden ratio: its multiples are spread evenly. */
const golden = 0x9e3779b1;

/** Mixes the bits of a whole number (the finaliser of MurmurHash3): to 32 bits with a sign. */
function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function applyMask({ tf }: Ops, x: Tensor, mask: Tensor | null): Tensor {
  return mask ? tf.mul(x, mask) : x;
}

/** Drops values in training. @param key null: nothing is dropped */
export function dropout(ops: Ops, rate: number, key: DropoutKey | null): Module {
  return (x) => {
    const mask = createDropoutMask(ops, x.shape, rate, key);
    return {
      y: applyMask(ops, x, mask),
      saved: mask ? [mask] : [],
      back: (dy) => applyMask(ops, dy, mask),
    };
  };
}
