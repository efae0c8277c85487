import type { Native } from "../encoder/native-ops.ts";
import type { Ops, Tensor } from "../encoder/ops.ts";
import { adamW, type Slot } from "./adamw.ts";

let handles = 0;

/** Numbers of a step as tensors, each made once. */
export interface Scalars {
  of(step: number, value: number): Tensor;
  dispose(): void;
}

/** Opens the numbers that the parameters of one training share in a step. */
export function openScalars({ tf }: Ops): Scalars {
  const made = new Map<number, Tensor>();
  let current = 0;
  const dispose = () => {
    tf.dispose([...made.values()]);
    made.clear();
  };
  return {
    of(step, value) {
      if (step !== current) dispose();
      current = step;
      const scalar = made.get(value) ?? tf.keep(tf.scalar(value));
      made.set(value, scalar);
      return scalar;
    },
    dispose,
  };
}

/**
 * AdamW by TensorFlow's ResourceApplyAdam, which changes its three arrays where they are. Its
 * epsilon stands before the correction of the second moment; multiplied by that, it is PyTorch's.
 */
export function openResource(
  { tf }: Ops,
  native: Native,
  scalars: Scalars,
  ...start: [Tensor, Tensor, Tensor]
): Slot {
  const [weight, m, v] = start.map((tensor) => {
    const handle = native.run("VarHandleOp", [], {
      dtype: "float",
      shape: { shape: tensor.shape },
      shared_name: { text: `seedling-${handles++}` },
      container: { text: "" },
    });
    native.act("AssignVariableOp", [handle, tensor], { dtype: "float" });
    tensor.dispose();
    return tf.keep(handle);
  }) as [Tensor, Tensor, Tensor];
  const read = (handle: Tensor) => native.run("ReadVariableOp", [handle], { dtype: "float" });
  let current: Tensor | null = null;
  // While a value is borrowed, TensorFlow would copy the array before it changes it.
  const release = () => {
    current?.dispose();
    current = null;
  };
  const value = () => {
    current ??= tf.keep(read(weight));
    return current;
  };
  return {
    value,
    step(raw, { step, rate, scale, decay }) {
      const { beta1, beta2, epsilon } = adamW;
      const scalar = (number: number) => scalars.of(step, number);
      tf.tidy(() => {
        const part = decay === 0 ? null : tf.mul(value(), scalar(decay));
        release();
        if (part) native.act("AssignSubVariableOp", [weight, part], { dtype: "float" });
        const gradient = scale === 1 ? raw : tf.mul(raw, scalar(scale));
        const correction = 1 - beta2 ** step;
        const numbers = [beta1 ** step, beta2 ** step, rate, beta1, beta2];
        const shared = [...numbers, epsilon * Math.sqrt(correction)].map(scalar);
        native.act("ResourceApplyAdam", [weight, m, v, ...shared, gradient], {
          T: "float",
          use_locking: false,
          use_nesterov: false,
        });
      });
    },
    held: {
      values: () => read(weight),
      firstMoments: () => read(m),
      secondMoments: () => read(v),
    },
    dispose() {
      release();
      for (const handle of [weight, m, v]) {
        native.act("DestroyResourceOp", [handle], { ignore_lookup_error: true });
        handle.dispose();
      }
    },
  };
}
