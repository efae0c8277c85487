import { adamW, type ParameterSlot, type StepOptions } from "./adamw.ts";
import type { TensorFlowCalls } from "./native-ops.ts";
import type { Ops, Tensor } from "./ops.ts";

let handles = 0;

/** What a step takes beside a parameter and its gradient, as tensors. */
export interface StepNumbers {
  /** ResourceApplyAdam's numbers, in its order. */
  adam: Tensor[];
  /** What is left of a weight that is decayed; null: all of it. */
  kept: Tensor | null;
  /** What a gradient is multiplied by; null: by nothing. */
  scale: Tensor | null;
}

/** Numbers of steps. */
export interface StepNumberCache {
  /** Those of a step, borrowed until the next. All parameters of it share them, and its options. */
  at(options: StepOptions): StepNumbers;
  dispose(): void;
}

/**
 * Opens the numbers of a training's steps. The powers of the betas are given as 0, and the
 * corrections of the moments in the rate and in epsilon, which TensorFlow adds before the second
 * one: so it is PyTorch's.
 */
export function createStepNumbers({ tf }: Ops): StepNumberCache {
  const held = new Map<string, { value: number; tensor: Tensor }>();
  const toTensor = (name: string, value: number) => {
    const before = held.get(name);
    if (before?.value === value) return before.tensor;
    before?.tensor.dispose();
    const tensor = tf.keep(tf.scalar(value));
    held.set(name, { value, tensor });
    return tensor;
  };
  let last: { options: StepOptions; numbers: StepNumbers } | null = null;
  return {
    at(options) {
      if (last?.options === options) return last.numbers;
      const { step, rate, scale, weightDecay } = options;
      const { beta1, beta2, epsilon } = adamW;
      const correction = Math.sqrt(1 - beta2 ** step);
      const zero = toTensor("zero", 0);
      const numbers = {
        adam: [
          zero,
          zero,
          toTensor("rate", (rate * correction) / (1 - beta1 ** step)),
          toTensor("beta1", beta1),
          toTensor("beta2", beta2),
          toTensor("epsilon", epsilon * correction),
        ],
        kept: weightDecay === 0 ? null : toTensor("kept", 1 - rate * weightDecay),
        scale: scale === 1 ? null : toTensor("scale", scale),
      };
      last = { options, numbers };
      return numbers;
    },
    dispose: () => tf.dispose([...held.values()].map(({ tensor }) => tensor)),
  };
}

/** AdamW by TensorFlow's ResourceApplyAdam, which changes its three arrays where they are. */
export function openResourceSlot(
  { tf }: Ops,
  native: TensorFlowCalls,
  numbers: StepNumberCache,
  isDecayed: boolean,
  ...start: [Tensor, Tensor, Tensor]
): ParameterSlot {
  const [weight, m, v] = start.map((tensor) => {
    const handle = native.run("VarHandleOp", [], {
      dtype: "float",
      shape: { shape: tensor.shape },
      shared_name: { text: `seedling-${handles++}` },
      container: { text: "" },
    });
    native.act("AssignVariableOp", [handle, tensor]);
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
    step(gradient, options) {
      const { adam, kept, scale } = numbers.at(options);
      const decayed = isDecayed && kept ? native.run("Mul", [value(), kept]) : null;
      release();
      if (decayed) native.act("AssignVariableOp", [weight, decayed]);
      decayed?.dispose();
      const scaled = scale ? native.run("Mul", [gradient, scale]) : null;
      native.act("ResourceApplyAdam", [weight, m, v, ...adam, scaled ?? gradient]);
      scaled?.dispose();
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
