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

/** An example to train on, whose label may be uncertain. */
export interface TrainingExample extends Example {
  /** The probability of each option, in its order, together 1; left out: that of the label is 1. */
  target?: readonly number[];
}

/** What training wants of an item's scores. */
export interface ItemAnswer {
  /** The position whose score training raises: the most probable one. */
  label: number;
  /** The probability of each position, together 1; left out: that of the label is 1. */
  target?: readonly number[];
  /** How much it counts in the mean of the loss; left out: 1. */
  weight?: number;
}

/** The answer of an item among its positions: the classes, or its own options. */
export interface LabelledItem extends ItemAnswer {
  /** Which positions count as right. */
  right: readonly boolean[];
}

/**
 * Adds the answers of examples to their items: a repeated option is right at each of its positions.
 * @param items what a classifier reads of each example
 * @throws ExpectedError if an example's options are not the classes
 */
export function addAnswers<Item>(
  examples: readonly TrainingExample[],
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
    const target = example.target && toPositions(example.target, findIndices?.(example));
    return { ...(items[row] as Item), label, right, ...(target && { target }) };
  });
}

/** Reorders probabilities of options to those of classes. @param indices the class of each option */
function toPositions(target: readonly number[], indices?: readonly number[]): readonly number[] {
  if (!indices) return target;
  const ordered = target.slice();
  for (const [option, position] of indices.entries()) ordered[position] = target[option] ?? 0;
  return ordered;
}

/**
 * Weights items so that all classes count the same, however many items each has: n / (classes that occur x
 * items of the class), scikit-learn's "balanced". Of targets, their probabilities are counted.
 */
export function balanceClasses<Item extends LabelledItem>(items: readonly Item[]): Item[] {
  const counts: number[] = [];
  const add = (position: number, count: number) => {
    counts[position] = (counts[position] ?? 0) + count;
  };
  for (const { label, target } of items)
    if (target) target.forEach((share, position) => void add(position, share));
    else add(label, 1);
  const occurring = counts.filter((count) => count > 0).length;
  const weigh = (position: number) => items.length / (occurring * (counts[position] as number));
  return items.map((item) => {
    if (!item.target) return { ...item, weight: weigh(item.label) };
    const parts = item.target.map((share, position) => (share > 0 ? share * weigh(position) : 0));
    const weight = parts.reduce((sum, part) => sum + part, 0);
    return { ...item, weight, target: parts.map((part) => part / weight) };
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
