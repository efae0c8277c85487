import type { Module } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";

/** The standard normal distribution function. */
function normalCdf({ tf }: Ops, x: Tensor): Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

/** GELU by a hyperbolic tangent (Hendrycks and Gimpel 2016, 2): y = x c, c = (1 + tanh(a (x + b x^3))) / 2. */
const geluByTanh = ({ tf }: Ops): Module => {
  const [a, b] = [Math.sqrt(2 / Math.PI), 0.044715];
  const computeFactor = (x: Tensor) =>
    tf.sigmoid(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), b), 1)), 2 * a));
  return (x) => ({
    y: tf.mul(x, computeFactor(x)),
    saved: [x],
    back(dy) {
      const factor = computeFactor(x);
      const inner = tf.mul(tf.add(tf.mul(tf.square(x), 3 * b), 1), 2 * a);
      const slope = tf.mul(tf.mul(factor, tf.sub(1, factor)), inner);
      return tf.mul(dy, tf.add(factor, tf.mul(x, slope)));
    },
  });
};

/** SiLU, also called Swish: y = x sigmoid(x) (Elfwing et al. 2018). */
const silu =
  ({ tf }: Ops): Module =>
  (x) => ({
    y: tf.mul(x, tf.sigmoid(x)),
    saved: [x],
    back(dy) {
      const gate = tf.sigmoid(x);
      return tf.mul(dy, tf.mul(gate, tf.add(tf.mul(x, tf.sub(1, gate)), 1)));
    },
  });

/** Activations, by their names in the hub's configurations. */
export const activations = {
  gelu_new: geluByTanh,
  gelu_pytorch_tanh: geluByTanh,
  gelu_fast: geluByTanh,
  silu,
  swish: silu,
  /** Exact, by the error function (Hendrycks and Gimpel 2016). */
  gelu: (ops) => (x) => ({
    y: ops.tf.mul(x, normalCdf(ops, x)),
    saved: [x],
    back(dy) {
      const { tf } = ops;
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(normalCdf(ops, x), tf.mul(x, density)));
    },
  }),
  relu: (ops) => (x) => {
    const y = ops.relu(x);
    return { y, saved: [y], back: (dy) => ops.reluGradient(dy, y) };
  },
  tanh:
    ({ tf }) =>
    (x) => {
      const y = tf.tanh(x);
      return { y, saved: [y], back: (dy) => tf.mul(dy, tf.sub(1, tf.square(y))) };
    },
} satisfies Record<string, (ops: Ops) => Module>;

export type ActivationName = keyof typeof activations;

/**
 * A gated activation (Shazeer 2020): [rows, 2 * columns] -> [rows, columns], the left half activated, times the
 * right half.
 */
export function gate({ tf }: Ops, activate: Module): Module {
  return (x) => {
    const [left, right] = tf.split(x, 2, 1) as [Tensor, Tensor];
    const { y: active, saved, back } = activate(left);
    return {
      y: tf.mul(active, right),
      saved: [right, active, ...saved],
      back: (dy, gradients) =>
        tf.concat([back(tf.mul(dy, right), gradients), tf.mul(dy, active)], 1),
    };
  };
}
