import type { Tf } from "@seedling/core/internal";
import type { Ops, Tensor } from "./ops.ts";

/** The gradients of one step, by parameter; frozen parameters have none. */
export interface Gradients {
  /** Adds a gradient to a parameter's. It is not computed for a frozen one. */
  add(name: string, compute: () => Tensor): void;
  /** The gradients so far, by the parameters' names. */
  readonly all: ReadonlyMap<string, Tensor>;
  dispose(): void;
}

/** Creates an empty set of gradients. @param isTrained which parameters are trained */
export function createGradients(tf: Tf, isTrained: (name: string) => boolean): Gradients {
  const all = new Map<string, Tensor>();
  return {
    all,
    add(name, compute) {
      if (!isTrained(name)) return;
      const before = all.get(name);
      all.set(name, tf.keep(before ? tf.tidy(() => tf.add(before, compute())) : compute()));
      before?.dispose();
    },
    dispose() {
      tf.dispose([...all.values()]);
      all.clear();
    },
  };
}

/** A model's parameters, borrowed by name. @throws RangeError if there is none of that name */
export type Weights = (name: string) => Tensor;

/** What a forward pass computes with. */
export interface Net {
  ops: Ops;
  weights: Weights;
}

/** What a backward pass computes with; it adds the gradients of the parameters. */
export interface BackwardNet extends Net {
  gradients: Gradients;
}
