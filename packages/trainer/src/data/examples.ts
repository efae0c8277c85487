import {
  type Example,
  ExpectedError,
  explainForms,
  type Flags,
  optionAt,
  renderTexts,
} from "@seedling/core/internal";
import { z } from "zod";

/**
 * The names of a classifier's classes: one text an example, a score for each class (yes/no). null is a choice:
 * one text for each option, a score for each text (multiple choice).
 */
export type Classes = readonly string[] | null;

/** An example whose label need not be known. */
export type UnlabelledExample = Omit<Example, "label">;

/** The part of an example that a classifier reads. */
export type Input = Flags["input"];

/** In classifier.json it is left out where all is read, as in the first classifiers. */
export const inputSchema = z.enum(["full", "options", "question"]).default("full");

/**
 * Leaves out what a classifier does not read: in training, on dev, and whenever it predicts. A context that
 * JavaScript left out is none.
 */
export function ablateInput<T extends UnlabelledExample>(example: T, input: Input): T {
  const { question, context } = example;
  if (input === "full") return { ...example, context: context || null };
  return { ...example, question: input === "options" ? "" : question, context: null };
}

/** The answer of an item among its positions: the classes, or its own options. */
export interface LabelledItem {
  /** The position whose score training raises. */
  label: number;
  /** Which positions count as right. */
  right: readonly boolean[];
}

/**
 * Adds the answers of examples to their items: a repeated option is right at each of its positions.
 * @param items what a classifier reads of each example
 * @throws ExpectedError if an example's options are not the classes
 */
export function addAnswers<Item>(
  examples: readonly Example[],
  items: readonly Item[],
  classes: Classes,
): (Item & LabelledItem)[] {
  const findIndices = classes && createClassFinder(classes);
  // One list for all examples of a class: of 1,000 it takes 8 KB.
  const lists = new Map<number, readonly boolean[]>();
  return examples.map((example, row) => {
    const label = findIndices ? (findIndices(example)[example.label] as number) : example.label;
    const names = classes ?? example.options;
    const answer = optionAt(example.options, example.label);
    const right = (classes && lists.get(label)) ?? names.map((name) => name === answer);
    if (classes) lists.set(label, right);
    return { ...(items[row] as Item), label, right };
  });
}

/**
 * Creates what finds the index of each option's class: options may have another order. Examples that share their
 * options share the indices.
 * @throws (when finding) ExpectedError if the options are not the classes, each of them once
 */
export function createClassFinder(classes: readonly string[]) {
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  let last: { options: readonly string[]; indices: number[] } | null = null;
  return ({ options, question }: Pick<Example, "options" | "question">): readonly number[] => {
    if (last?.options === options) return last.indices;
    const indices = options.map((option) => indexOf.get(option) ?? -1);
    if (
      indices.length !== classes.length ||
      new Set(indices).size !== classes.length ||
      indices.includes(-1)
    )
      throw new ExpectedError(
        `expected the options ${renderTexts(classes)} in any order, got ${renderTexts(options)}` +
          `${explainForms(options, classes)} (question: ${JSON.stringify(question.slice(0, 80))})`,
      );
    last = { options, indices };
    return indices;
  };
}
