import type { Backend, Tf } from "@seedling/core/internal";
import { createNativeOps } from "./native-ops.ts";
import { speedUpWasmMatMul } from "./wasm-mat-mul.ts";

/** A tensor of any rank. */
export type Tensor = ReturnType<Tf["tensor"]>;

/** The operations that one backend does better by another way than tfjs's own; all else is `tf`. */
export interface Ops {
  tf: Tf;
  /** Whether TensorFlow's own operations can be run by name. */
  native: boolean;
  /** Products of matrices in the last two axes, either side transposed; leading axes are equal. */
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  /** [rows, columns] + [columns], to every row. */
  addBias(x: Tensor, bias: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** The gradient where ReLU gave something, else 0. @param active what ReLU gave */
  reluGradient(gradient: Tensor, active: Tensor): Tensor;
  /** [rows, columns] -> [columns], the sum over rows. */
  sumRows(x: Tensor): Tensor;
  /** The sum of all squares, a scalar. */
  sumSquares(x: Tensor): Tensor;
  /** Uniform in [0, 1), the same for the same place; null: the backend has none that is repeatable. */
  draw: ((shape: number[], place: { seed: number; index: number }) => Tensor) | null;
}

/** Opens the operations of a backend. On wasm, products of transposed matrices are made quick. */
export function createOps({ tf, name }: Pick<Backend, "tf" | "name">): Ops {
  if (name.startsWith("tfjs-node")) return createNativeOps(tf);
  if (name === "wasm") speedUpWasmMatMul(tf);
  return {
    tf,
    native: false,
    matMul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),
    addBias: (x, bias) => tf.add(x, bias),
    relu: (x) => tf.relu(x),
    reluGradient: (gradient, active) => tf.mul(gradient, tf.step(active)),
    sumRows: (x) => tf.sum(x, 0),
    sumSquares: (x) => tf.sum(tf.square(x)),
    draw: null,
  };
}

/** tf.tidy for any value: frees what was made inside and is not in it. */
export function tidy<T>(tf: Tf, work: () => T): T {
  return tf.tidy(work as () => never) as T;
}
