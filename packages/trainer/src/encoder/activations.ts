import type { Ops, Tensor } from "./ops.ts";

/** An activation and its derivative, both from the value before it. */
export interface Activation {
  apply(ops: Ops, x: Tensor): Tensor;
  /** dy times the derivative at x. @param y what `apply` gave for x */
  back(ops: Ops, x: Tensor, y: Tensor, dy: Tensor): Tensor;
}

/** The share of a standard normal below x. */
function below({ tf }: Ops, x: Tensor): Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

/** Activations by the names that the hub's configurations have. */
export const activations = {
  /** Exact, by the error function (Hendrycks and Gimpel 2016). */
  gelu: {
    apply: (ops, x) => ops.tf.mul(x, below(ops, x)),
    back(ops, x, _, dy) {
      const { tf } = ops;
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(below(ops, x), tf.mul(x, density)));
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
