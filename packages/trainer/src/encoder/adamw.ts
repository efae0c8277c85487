import type { Ops, Tensor, TensorFlowCalls } from "./ops.ts";

/** AdamW's constants (Loshchilov and Hutter 2019; PyTorch's defaults). */
export const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** One step of AdamW; the same object for all parameters. */
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
type CreateSlot = (isDecayed: boolean, ...start: [Tensor, Tensor, Tensor]) => ParameterSlot;

/**
 * Creates AdamW in TensorFlow's own operation where the backend has it, else in tfjs operations; `dispose` frees
 * what the slots share.
 */
export function createAdamW({ tf, native }: Ops) {
  return native ? createNativeAdamW(tf, native) : createTfjsAdamW(tf);
}

function createTfjsAdamW(tf: Ops["tf"]) {
  const createSlot: CreateSlot = (isDecayed, ...start) => {
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
  };
  return { createSlot, dispose() {} };
}

/** Names TensorFlow's variables: no two of a process may have the same name. */
let variableCount = 0;

/** AdamW by TensorFlow's ResourceApplyAdam, which changes a parameter's three arrays in place. */
function createNativeAdamW(tf: Ops["tf"], native: TensorFlowCalls) {
  const numbers = createStepNumbers(tf);
  const createVariable = (start: Tensor): Tensor => {
    const handle = native.run("VarHandleOp", [], {
      dtype: "float",
      shape: { shape: start.shape },
      shared_name: { text: `seedling-${variableCount++}` },
      container: { text: "" },
    });
    native.act("AssignVariableOp", [handle, start]);
    start.dispose();
    return tf.keep(handle);
  };
  const read = (handle: Tensor) => native.run("ReadVariableOp", [handle], { dtype: "float" });
  const createSlot: CreateSlot = (isDecayed, ...start) => {
    const [weight, m, v] = start.map(createVariable) as typeof start;
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
        const { adam, kept, scale } = numbers.of(options);
        const decayed =
          isDecayed && options.weightDecay !== 0 ? native.run("Mul", [value(), kept]) : null;
        release();
        if (decayed) native.act("AssignVariableOp", [weight, decayed]);
        const scaled = options.scale === 1 ? null : native.run("Mul", [gradient, scale]);
        native.act("ResourceApplyAdam", [weight, m, v, ...adam, scaled ?? gradient]);
        decayed?.dispose();
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
  };
  return { createSlot, dispose: numbers.dispose };
}

/**
 * Creates a step's numbers as tensors, once for all parameters: ResourceApplyAdam's inputs in its order, and
 * the factors of a decayed weight and of a gradient. TensorFlow adds epsilon before it corrects the second
 * moment, PyTorch after: the powers of the betas are given as 0, and the corrections in the learning rate and
 * in epsilon, so that the numbers are PyTorch's.
 */
function createStepNumbers(tf: Ops["tf"]) {
  const toTensors = ({ step, learningRate, scale, weightDecay }: StepOptions) => {
    const { beta1, beta2, epsilon } = adamW;
    const correction = Math.sqrt(1 - beta2 ** step);
    const rate = (learningRate * correction) / (1 - beta1 ** step);
    const scalar = (value: number): Tensor => tf.keep(tf.scalar(value));
    return {
      adam: [0, 0, rate, beta1, beta2, epsilon * correction].map(scalar),
      kept: scalar(1 - learningRate * weightDecay),
      scale: scalar(scale),
    };
  };
  let last: { options: StepOptions; tensors: ReturnType<typeof toTensors> } | null = null;
  const dispose = () => {
    if (last) tf.dispose(last.tensors);
    last = null;
  };
  return {
    of(options: StepOptions) {
      if (last?.options !== options) {
        dispose();
        last = { options, tensors: toTensors(options) };
      }
      return last.tensors;
    },
    dispose,
  };
}
