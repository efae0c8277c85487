import { createStepNumbers, openResourceSlot } from "./adamw-native.ts";
import type { Gradients } from "./gradients.ts";
import { createTensorFlowCalls } from "./native-ops.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { Parameter } from "./parameters.ts";
import type { Weights } from "./weights.ts";

/** AdamW's constants (Loshchilov and Hutter 2019; PyTorch's defaults). */
export const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** A step of AdamW. */
export interface StepOptions {
  /** Steps done with this one, from 1. */
  step: number;
  rate: number;
  /** What every gradient is multiplied by first. */
  scale: number;
  weightDecay: number;
}

/** What a training holds of a parameter; moments of those that are trained alone. */
export type StateKind = "values" | "firstMoments" | "secondMoments";

/** Numbers that are read when they are asked for. */
export interface StateTensor {
  kind: StateKind;
  name: string;
  shape: number[];
  read(): Promise<Float32Array>;
}

/** Parameters in training, with AdamW's two moments. */
export interface Trainable {
  /** Borrowed until the next step. */
  weights: Weights;
  step(gradients: Gradients, options: StepOptions): void;
  /** All that is held. */
  list(): StateTensor[];
  dispose(): void;
}

/** Whether a parameter is decayed: matrices are, biases and norms are not. */
export function isDecayed(name: string): boolean {
  return !name.endsWith(".bias") && !/[nN]orm\.weight$/.test(name);
}

/** One parameter in training. */
export interface ParameterSlot {
  value(): Tensor;
  step(gradient: Tensor, options: StepOptions): void;
  /** What is held, each as a tensor that whoever asks disposes of. */
  held: Partial<Record<StateKind, () => Tensor>>;
  dispose(): void;
}

/**
 * Opens parameters for training, one after the other.
 * @param load the numbers to start from; null, for moments: zeros
 * @param isTrained the others keep their values
 */
export async function openTrainable(
  ops: Ops,
  parameters: readonly Pick<Parameter, "name" | "shape">[],
  load: (kind: StateKind, name: string) => Promise<Float32Array | null>,
  isTrained: (name: string) => boolean,
): Promise<Trainable> {
  const { tf } = ops;
  const native = ops.native ? createTensorFlowCalls(tf) : null;
  const numbers = createStepNumbers(ops);
  const slots = new Map<string, ParameterSlot>();
  for (const { name, shape } of parameters) {
    const start = async (kind: StateKind) => {
      const data = await load(kind, name);
      return tf.keep(data ? tf.tensor(data, shape) : tf.zeros(shape));
    };
    const values = await start("values");
    if (!isTrained(name)) {
      slots.set(name, openFrozen(ops, values));
      continue;
    }
    const moments = [await start("firstMoments"), await start("secondMoments")] as const;
    slots.set(
      name,
      native
        ? openResourceSlot(ops, native, numbers, isDecayed(name), values, ...moments)
        : openVariable(ops, isDecayed(name), values, ...moments),
    );
  }
  return {
    weights(name) {
      const slot = slots.get(name);
      if (!slot) throw new RangeError(`no parameter ${name}`);
      return slot.value();
    },
    step(gradients, options) {
      for (const [name, gradient] of gradients.all) slots.get(name)?.step(gradient, options);
    },
    list: () =>
      parameters.flatMap(({ name, shape }) =>
        Object.entries(slots.get(name)?.held ?? {}).map(([kind, toTensor]) => ({
          kind: kind as StateKind,
          name,
          shape,
          read: () => readAndDispose(toTensor()),
        })),
      ),
    dispose() {
      for (const slot of slots.values()) slot.dispose();
      numbers.dispose();
    },
  };
}

function openFrozen({ tf }: Ops, value: Tensor): ParameterSlot {
  return {
    value: () => value,
    step() {},
    held: { values: () => tf.clone(value) },
    dispose: () => value.dispose(),
  };
}

/** AdamW in tfjs operations. */
function openVariable(
  { tf }: Ops,
  isDecayed: boolean,
  ...start: [Tensor, Tensor, Tensor]
): ParameterSlot {
  let [weight, m, v] = start;
  return {
    value: () => weight,
    step(raw, { step, rate, scale, weightDecay }) {
      const decay = isDecayed ? rate * weightDecay : 0;
      const { beta1, beta2, epsilon } = adamW;
      const before = [weight, m, v];
      [weight, m, v] = tf.tidy(() => {
        const gradient = scale === 1 ? raw : tf.mul(raw, scale);
        const nextM = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
        const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const root = tf.add(tf.div(tf.sqrt(nextV), Math.sqrt(1 - beta2 ** step)), epsilon);
        const change = tf.mul(tf.div(nextM, root), rate / (1 - beta1 ** step));
        const decayed = decay === 0 ? weight : tf.mul(weight, 1 - decay);
        return [tf.sub(decayed, change), nextM, nextV] as [Tensor, Tensor, Tensor];
      });
      for (const tensor of [weight, m, v]) tf.keep(tensor);
      tf.dispose(before);
    },
    held: {
      values: () => tf.clone(weight),
      firstMoments: () => tf.clone(m),
      secondMoments: () => tf.clone(v),
    },
    dispose: () => tf.dispose([weight, m, v]),
  };
}

async function readAndDispose(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.data<"float32">();
  tensor.dispose();
  return data;
}
