import type { Gradients } from "./gradients.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { Weights } from "./weights.ts";

/**
 * A dense layer in the hub's layout, y = x W^T + b.
 * @param x [rows, inputs]; the weight is [outputs, inputs], the bias [outputs]
 */
export function dense({ tf, matMul }: Ops, weights: Weights, name: string, x: Tensor): Tensor {
  return tf.add(matMul(x, weights(`${name}.weight`), false, true), weights(`${name}.bias`));
}

/** The gradient of `dense` by x, [rows, inputs]; those by weight and bias are added up. */
export function denseBack(
  ops: Ops,
  weights: Weights,
  gradients: Gradients,
  name: string,
  x: Tensor,
  dy: Tensor,
): Tensor {
  gradients.add(`${name}.weight`, () => ops.matMul(dy, x, true, false));
  gradients.add(`${name}.bias`, () => ops.sumRows(dy));
  return ops.matMul(dy, weights(`${name}.weight`));
}
