import { createAdamW, type ParameterSlot, type StateKind, type StepOptions } from "./adamw.ts";
import type { Gradients, Weights } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { Parameter } from "./parameters.ts";

/** One array of a training's state, read when asked for. */
export interface StateTensor {
  kind: StateKind;
  /** The parameter's. */
  name: string;
  shape: number[];
  /** Numbers, row by row. */
  read(): Promise<Float32Array>;
}

/** Parameters in training, with AdamW's two moments. */
export interface Trainable {
  /** Borrowed until the next step. */
  weights: Weights;
  step(gradients: Gradients, options: StepOptions): void;
  /** The whole state: what a training needs to go on. */
  listState(): StateTensor[];
  dispose(): void;
}

/** Whether a parameter decays: matrices do, biases and norms do not. */
export function isDecayed(name: string): boolean {
  return !name.endsWith(".bias") && !/[nN]orm\.weight$/.test(name);
}

/**
 * Opens parameters for training, one after the other.
 * @param load the values to start from; null, for moments: zeros
 * @param isTrained whether a parameter is trained; the others keep their values and have no moments
 */
export async function openTrainable(
  ops: Ops,
  parameters: readonly Pick<Parameter, "name" | "shape">[],
  load: (kind: StateKind, name: string) => Promise<Float32Array | null>,
  isTrained: (name: string) => boolean,
): Promise<Trainable> {
  const { tf } = ops;
  const optimizer = createAdamW(ops);
  const slots = new Map<string, ParameterSlot>();
  for (const { name, shape } of parameters) {
    const start = async (kind: StateKind) => {
      const data = await load(kind, name);
      return tf.keep(data ? tf.tensor(data, shape) : tf.zeros(shape));
    };
    const values = await start("values");
    if (!isTrained(name)) {
      slots.set(name, createFrozenSlot(ops, values));
      continue;
    }
    const moments = [await start("firstMoments"), await start("secondMoments")] as const;
    slots.set(name, optimizer.createSlot(isDecayed(name), values, ...moments));
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
    listState: () =>
      parameters.flatMap(({ name, shape }) =>
        Object.entries(slots.get(name)?.state ?? {}).map(([kind, toTensor]) => ({
          kind: kind as StateKind,
          name,
          shape,
          read: () => readAndDispose(toTensor()),
        })),
      ),
    dispose() {
      for (const slot of slots.values()) slot.dispose();
      optimizer.dispose();
    },
  };
}

function createFrozenSlot({ tf }: Ops, value: Tensor): ParameterSlot {
  return {
    value: () => value,
    step() {},
    state: { values: () => tf.clone(value) },
    dispose: () => value.dispose(),
  };
}

async function readAndDispose(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.data<"float32">();
  tensor.dispose();
  return data;
}
