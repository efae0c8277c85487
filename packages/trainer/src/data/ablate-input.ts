import type { Flags } from "@seedling/core/internal";
import { z } from "zod";
import type { UnlabelledExample } from "../features/features.ts";

/** What of an example a classifier sees. */
export type Input = Flags["input"];

/** As classifier.json has it: classifiers that see all do not say so, nor do the first ones. */
export const inputSchema = z.enum(["full", "options", "question"]).default("full");

/** What of an example is left to see. */
type Ablation = (example: UnlabelledExample) => Partial<UnlabelledExample>;

const ablations: Record<Input, Ablation> = {
  full: () => ({}),
  options: () => ({ question: "", context: null }),
  question: () => ({ context: null }),
};

/** An example as a classifier sees it: in training, where it is chosen, and whenever it predicts. */
export function ablateInput<T extends UnlabelledExample>(example: T, input: Input): T {
  return { ...example, ...ablations[input](example) };
}

/** An input as classifier.json has it. */
export function toInputFacts(input: Input): { input?: Input } {
  return input === "full" ? {} : { input };
}
