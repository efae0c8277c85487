import { createTensorFlowCalls, type Ops, type Tensor, type TensorFlowCalls } from "./ops.ts";

/** AdamW's constants (Loshchilov and Hutter 2019; PyTorch's defaults). */
export const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** One step of AdamW. */
export interface StepOptions {
  /** Steps done, this one included, from 1. */
  step: number;
  learningRate: number;
  /** Factor of every gradient, from clipping its norm. */
  scale: number;
  weightDecay: number;
}

/** State of a parameter: its values and, if it is trained, AdamW's two moments. */
export type StateKind = "values" | "firstMoments" | "secondMoments";

/** One parameter in training. */
export interface ParameterSlot {
  /** Borrowed until the next step. */
  value(): Tensor;
  step(gradient: Tensor, options: StepOptions): void;
  /** The state, each kind as a tensor that the caller disposes of. */
  state: Partial<Record<StateKind, () => Tensor>>;
  dispose(): void;
}

/** Creates a parameter's slot from its values and moments, which it owns from then on. */
export type CreateSlot = (isDecayed: boolean, ...start: [Tensor, Tensor, Tensor]) => ParameterSlot;

/** AdamW on one backend. */
export interface AdamW {
  createSlot: CreateSlot;
  /** Frees what the slots share. */
  dispose(): void;
}

/** Creates AdamW in TensorFlow's own operation where the backend has it, else in tfjs operations. */
export function createAdamW(ops: Ops): AdamW {
  if (ops.native) return createNativeAdamW(ops);
  return { createSlot: (...args) => createTfjsSlot(ops, ...args), dispose() {} };
}

function createTfjsSlot(
  { tf }: Ops,
  isDecayed: boolean,
  ...start: [Tensor, Tensor, Tensor]
): ParameterSlot {
  let [weight, m, v] = start;
  return {
    value: () => weight,
    step(raw, { step, learningRate, scale, weightDecay }) {
      const decay = isDecayed ? learningRate * weightDecay : 0;
      const { beta1, beta2, epsilon } = adamW;
      const before = [weight, m, v];
      [weight, m, v] = tf.tidy(() => {
        const gradient = scale === 1 ? raw : tf.mul(raw, scale);
        const nextM = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
        const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const root = tf.add(tf.div(tf.sqrt(nextV), Math.sqrt(1 - beta2 ** step)), epsilon);
        const change = tf.mul(tf.div(nextM, root), learningRate / (1 - beta1 ** step));
        const decayed = decay === 0 ? weight : tf.mul(weight, 1 - decay);
        return [tf.sub(decayed, change), nextM, nextV] as [Tensor, Tensor, Tensor];
      });
      for (const tensor of [weight, m, v]) tf.keep(tensor);
      tf.dispose(before);
    },
    state: {
      values: () => tf.clone(weight),
      firstMoments: () => tf.clone(m),
      secondMoments: () => tf.clone(v),
    },
    dispose: () => tf.dispose([weight, m, v]),
  };
}

/** Numbers of a step as tensors. */
interface StepTensors {
  /** ResourceApplyAdam's inputs, in its order. */
  adam: Tensor[];
  /** Factor of a decayed weight; null: 1. */
  kept: Tensor | null;
  /** Factor of a gradient; null: 1. */
  scale: Tensor | null;
}

/** Names TensorFlow's variables: no two of a process may have the same name. */
let variableCount = 0;

/** AdamW by TensorFlow's ResourceApplyAdam, which changes a parameter's three arrays in place. */
function createNativeAdamW({ tf }: Ops): AdamW {
  const native = createTensorFlowCalls(tf);
  const numbers = createStepTensors(tf);
  return {
    createSlot: (isDecayed, ...start) =>
      createResourceSlot(tf, native, numbers.of, isDecayed, ...start),
    dispose: numbers.dispose,
  };
}

function createResourceSlot(
  tf: Ops["tf"],
  native: TensorFlowCalls,
  tensorsOf: (options: StepOptions) => StepTensors,
  isDecayed: boolean,
  ...start: [Tensor, Tensor, Tensor]
): ParameterSlot {
  const [weight, m, v] = start.map((tensor) => {
    const handle = native.run("VarHandleOp", [], {
      dtype: "float",
      shape: { shape: tensor.shape },
      shared_name: { text: `seedling-${variableCount++}` },
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
      const { adam, kept, scale } = tensorsOf(options);
      const decayed = isDecayed && kept ? native.run("Mul", [value(), kept]) : null;
      release();
      if (decayed) native.act("AssignVariableOp", [weight, decayed]);
      decayed?.dispose();
      const scaled = scale ? native.run("Mul", [gradient, scale]) : null;
      native.act("ResourceApplyAdam", [weight, m, v, ...adam, scaled ?? gradient]);
      scaled?.dispose();
    },
    state: {
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

/**
 * Creates a step's tensors once for all parameters; they are borrowed until the next step. TensorFlow
 * adds epsilon before it corrects the second moment, PyTorch after: the powers of the betas are given
 * as 0, and the corrections in the learning rate and in epsilon, so that the numbers are PyTorch's.
 */
function createStepTensors(tf: Ops["tf"]) {
  const held = new Map<string, { value: number; tensor: Tensor }>();
  const toTensor = (name: string, value: number) => {
    const before = held.get(name);
    if (before?.value === value) return before.tensor;
    before?.tensor.dispose();
    const tensor = tf.keep(tf.scalar(value));
    held.set(name, { value, tensor });
    return tensor;
  };
  let last: { options: StepOptions; tensors: StepTensors } | null = null;
  return {
    of(options: StepOptions): StepTensors {
      if (last?.options === options) return last.tensors;
      const { step, learningRate, scale, weightDecay } = options;
      const { beta1, beta2, epsilon } = adamW;
      const correction = Math.sqrt(1 - beta2 ** step);
      const zero = toTensor("zero", 0);
      const tensors = {
        adam: [
          zero,
          zero,
          toTensor("rate", (learningRate * correction) / (1 - beta1 ** step)),
          toTensor("beta1", beta1),
          toTensor("beta2", beta2),
          toTensor("epsilon", epsilon * correction),
        ],
        kept: weightDecay === 0 ? null : toTensor("kept", 1 - learningRate * weightDecay),
        scale: scale === 1 ? null : toTensor("scale", scale),
      };
      last = { options, tensors };
      return tensors;
    },
    dispose: () => tf.dispose([...held.values()].map(({ tensor }) => tensor)),
  };
}
