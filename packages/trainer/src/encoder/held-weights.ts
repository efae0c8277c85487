import { createAdamW, type ParameterSlot, type StateKind, type StepOptions } from "./adamw.ts";
import type { Gradients } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";

/** The parameters of a model in memory; those that are trained with AdamW's two moments. */
export type HeldWeights = Awaited<ReturnType<typeof openWeights>>;

/** Whether a parameter decays: matrices do, biases and norms do not. */
export function isDecayed(name: string): boolean {
  return !name.endsWith(".bias") && !/[nN]orm\.weight$/.test(name);
}

/**
 * Opens a model's parameters, one after the other.
 * @param load the numbers to start from, row by row; null, for moments: zeros
 * @param isTrained whether a parameter is trained; the others keep their values and have no moments
 */
export async function openWeights<P extends { name: string; shape: number[] }>(
  ops: Ops,
  parameters: readonly P[],
  load: (parameter: P, kind: StateKind) => Promise<Float32Array | null>,
  isTrained: (name: string) => boolean = () => false,
) {
  const { tf } = ops;
  const optimizer = createAdamW(ops);
  const slots = new Map<string, ParameterSlot>();
  const dispose = () => {
    for (const slot of slots.values()) slot.dispose();
    optimizer.dispose();
  };
  try {
    for (const parameter of parameters) {
      const { name, shape } = parameter;
      const start = async (kind: StateKind) => {
        const data = await load(parameter, kind);
        return tf.keep(data ? tf.tensor(data, shape) : tf.zeros(shape));
      };
      const values = await start("values");
      if (!isTrained(name)) {
        slots.set(name, createFrozenSlot(ops, values));
        continue;
      }
      const [m, v] = [await start("firstMoments"), await start("secondMoments")];
      slots.set(name, optimizer.createSlot(isDecayed(name), values, m, v));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    /** Borrowed until the next step. */
    weights(name: string): Tensor {
      const slot = slots.get(name);
      if (!slot) throw new RangeError(`no parameter ${name}`);
      return slot.value();
    },
    step(gradients: Gradients, options: StepOptions): void {
      for (const [name, gradient] of gradients.all) slots.get(name)?.step(gradient, options);
    },
    /**
     * Lists the whole state, what a training needs to go on, by kind and name: `values/head.output.bias`. Numbers
     * are read, row by row, when they are asked for.
     */
    listState() {
      const state = new Map<string, { shape: number[]; data: () => Promise<Float32Array> }>();
      for (const { name, shape } of parameters)
        for (const [kind, read] of Object.entries(slots.get(name)?.state ?? {}))
          state.set(`${kind}/${name}`, { shape, data: () => readAndDispose(read()) });
      return state;
    },
    dispose,
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
