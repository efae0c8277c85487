import type { AttentionKind } from "./attention-kinds.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";

/** What the attention of all layers of a kind computes with in a batch. */
export type AttentionView = ReturnType<typeof createAttentionView>;

type Rotation = ReturnType<typeof createRotation>;

/**
 * Creates the view of a kind of attention.
 * @param size of a head
 * @returns also the tensors that are its own, to be disposed of
 */
export function createAttentionView(
  ops: Ops,
  { window, ropeTheta }: AttentionKind,
  { padding, longest }: PackedBatch,
  size: number,
) {
  const { tf } = ops;
  const seen = padding?.mask ?? null;
  const near = window === null || window >= longest - 1 ? null : createWindow(ops, window, longest);
  const mask = near && seen ? tf.add(near, seen) : (near ?? seen);
  const rotation = ropeTheta === null ? null : createRotation(ops, ropeTheta, longest, size);
  const own = [...(near && mask ? [mask] : []), ...Object.values(rotation ?? {})];
  return {
    /** Added to scores, broadcast to [sequences, heads, longest, longest]: -1e9 where nothing is seen; null: all is. */
    mask,
    rotation,
    own,
  };
}

/** [1, 1, longest, longest]: 0 within the window to both sides, -1e9 outside. */
function createWindow({ tf }: Ops, window: number, longest: number): Tensor {
  const mask = Float32Array.from({ length: longest ** 2 }, (_, at) =>
    Math.abs((at % longest) - Math.floor(at / longest)) <= window ? 0 : -1e9,
  );
  return tf.tensor4d(mask, [1, 1, longest, longest]);
}

/**
 * Creates the turns of rotary positions (Su et al. 2021), halves of a head turned against each other; rounded as
 * 32-bit floats, as in transformers.
 */
function createRotation({ tf }: Ops, theta: number, longest: number, size: number) {
  const { fround } = Math;
  const half = size / 2;
  const angles = Float32Array.from({ length: longest * size }, (_, at) => {
    const [position, column] = [Math.floor(at / size), at % half];
    return position * fround(1 / fround(theta ** (column / half)));
  });
  const swap = new Float32Array(size * size);
  for (let column = 0; column < half; column++) {
    swap[(column + half) * size + column] = -1;
    swap[column * size + column + half] = 1;
  }
  return {
    /** [longest, size] */
    cosines: tf.tensor2d(angles.map(Math.cos), [longest, size]),
    sines: tf.tensor2d(angles.map(Math.sin), [longest, size]),
    /** [size, size]: (a, b) -> (-b, a). By a product: wasm is slow with slices of columns. */
    swap: tf.tensor2d(swap, [size, size]),
  };
}

/** Turns each row by its position: x is [sequences, heads, longest, size]. */
export function rotate(ops: Ops, x: Tensor, rotation: Rotation | null): Tensor {
  if (!rotation) return x;
  const { cosines, sines, swap } = rotation;
  return ops.tf.add(ops.tf.mul(x, cosines), ops.tf.mul(multiplyRows(ops, x, swap), sines));
}

/** The gradient of `rotate` by x: each row turned back. */
export function rotateBack(ops: Ops, dy: Tensor, rotation: Rotation | null): Tensor {
  if (!rotation) return dy;
  const { cosines, sines, swap } = rotation;
  return ops.tf.sub(ops.tf.mul(dy, cosines), ops.tf.mul(multiplyRows(ops, dy, swap), sines));
}

function multiplyRows({ tf, matMul }: Ops, x: Tensor, matrix: Tensor): Tensor {
  const size = x.shape.at(-1) ?? 1;
  return tf.reshape(matMul(tf.reshape(x, [-1, size]), matrix), x.shape);
}
