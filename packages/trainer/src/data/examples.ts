import { type Example, ExpectedError, type Flags, optionAt } from "@seedling/core/internal";
import { z } from "zod";

/**
 * How an example is scored. "classes": one text, a score for each class (yes/no). "choice": one
 * text for each option, a score for each text (multiple choice).
 */
export type TaskKind = "classes" | "choice";

/** An example whose label need not be known. */
export type UnlabelledExample = Omit<Example, "label">;

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

/** What is scored together: its positions are the classes, or an item's own options. */
export interface LabelledItem {
  /** The position whose score training raises. */
  label: number;
  /** Which positions count as right. */
  right: readonly boolean[];
}

/**
 * What is right of a labelled example: a repeated option text is right wherever it stands.
 * @param classes the class names for "classes", null for "choice"
 * @throws ExpectedError if the example's options are not the classes
 */
export function toLabelledItem(example: Example, classes: readonly string[] | null): LabelledItem {
  if (classes) findClassIndices(example, classes);
  const names = classes ?? example.options;
  const answer = optionAt(example.options, example.label);
  return {
    label: classes ? classes.indexOf(answer) : example.label,
    right: names.map((name) => name === answer),
  };
}

/**
 * For each option of an example the index of its class: options may stand in another order.
 * @throws ExpectedError if the options are not the classes, each of them once
 */
export function findClassIndices(
  { options, question }: Pick<Example, "options" | "question">,
  classes: readonly string[],
): number[] {
  const places = options.map((option) => classes.indexOf(option));
  if (
    places.length !== classes.length ||
    new Set(places).size !== classes.length ||
    places.includes(-1)
  )
    throw new ExpectedError(
      `expected the options ${JSON.stringify(classes)} in any order, got ` +
        `${JSON.stringify(options)} (question: ${JSON.stringify(question.slice(0, 80))})`,
    );
  return places;
}
