import type { Flags } from "@seedling/core";
import type { Unlabelled } from "./features.ts";

/** What of an example is left for a classifier to see. */
type Cut = (example: Unlabelled) => Partial<Unlabelled>;

const cuts: Record<Flags["input"], Cut> = {
  full: () => ({}),
  options: () => ({ question: "", context: null }),
  question: () => ({ context: null }),
};

/** An example as `--input` shows it to a classifier, in training and whenever it predicts. */
export function cutInput<T extends Unlabelled>(example: T, input: Flags["input"]): T {
  return { ...example, ...cuts[input](example) };
}
