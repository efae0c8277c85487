import type { Tf } from "@seedling/core/internal";
import type { Ops, Tensor } from "./ops.ts";

/** The gradients of one step, by parameter; frozen parameters have none. */
export type Gradients = ReturnType<typeof createGradients>;

/** Creates an empty set of gradients. @param isTrained which parameters are trained */
export function createGradients(tf: Tf, isTrained: (name: string) => boolean) {
  const all = new Map<string, Tensor>();
  return {
    /** The gradients so far, by the parameters' names. */
    all: all as ReadonlyMap<string, Tensor>,
    /** Adds a gradient to a parameter's. It is not computed for a frozen one. */
    add(name: string, compute: () => Tensor): void {
      if (!isTrained(name)) return;
      const before = all.get(name);
      all.set(name, tf.keep(before ? tf.tidy(() => tf.add(before, compute())) : compute()));
      before?.dispose();
    },
    /** Takes a gradient out; the caller disposes of it. */
    take(name: string): Tensor | undefined {
      const gradient = all.get(name);
      all.delete(name);
      return gradient;
    },
    dispose(): void {
      tf.dispose([...all.values()]);
      all.clear();
    },
  };
}

/** What a model computes with. */
export interface Net {
  ops: Ops;
  /** A model's parameters, borrowed by name. @throws RangeError if there is none of that name */
  weights: (name: string) => Tensor;
}

/** A value and the way back from it. */
export interface Traced {
  y: Tensor;
  /** Tensors that the way back needs. */
  saved: Tensor[];
  /** dy, the gradient by y -> the gradient by what y was computed from; adds those by parameters. */
  back(dy: Tensor, gradients: Gradients): Tensor;
}

/** A part of a model, with its backward pass. Called inside a `tidy`, which frees what is not saved. */
export type Module = (x: Tensor) => Traced;

/** Modules one after the other. */
export function chain(...modules: readonly Module[]): Module {
  return (x) => {
    const steps: Traced[] = [];
    for (const module of modules) steps.push(module(steps.at(-1)?.y ?? x));
    return {
      y: steps.at(-1)?.y ?? x,
      saved: steps.flatMap(({ saved }) => saved),
      back: (dy, gradients) => steps.reduceRight((by, step) => step.back(by, gradients), dy),
    };
  };
}

/** Adds to x what modules, one after the other, make of it. */
export function residual({ tf }: Ops, ...modules: readonly Module[]): Module {
  const inner = chain(...modules);
  return (x) => {
    const { y, saved, back } = inner(x);
    return {
      y: tf.add(x, y),
      saved,
      back: (dy, gradients) => tf.add(dy, back(dy, gradients)),
    };
  };
}
