import type { Sequence } from "../encoder/packed.ts";
import type { Scored } from "./loss.ts";

/** An example as the encoder reads it: one sequence for a classification, one an option for a choice. */
export interface TokenItem extends Scored {
  sequences: Sequence[];
}

/** Tokens of an item's longest sequence. */
export function toLongest({ sequences }: TokenItem): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}
