import type { Tensor } from "./ops.ts";

/** A model's parameters, borrowed by name. @throws RangeError if there is none of that name */
export type Weights = (name: string) => Tensor;
