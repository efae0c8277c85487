import type { Module } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";

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
