import { type Example, ExpectedError, optionAt } from "@seedling/core";
import type { Scored } from "../scores/loss.ts";

/** A labelled example as the head sees it: a repeated option text is right wherever it stands. */
export interface Item extends Scored {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
  right: boolean[];
}

/**
 * Examples with their vectors as items.
 * @param classes the class names for "classes", null for "choice"
 * @throws ExpectedError if an example's options are not the classes
 */
export function toItems(
  examples: readonly Example[],
  vectors: readonly Float32Array[][],
  classes: readonly string[] | null,
): Item[] {
  return examples.map((example, i) => {
    if (classes) toClassPlaces(example, classes);
    const names = classes ?? example.options;
    const answer = optionAt(example.options, example.label);
    return {
      vectors: vectors[i] ?? [],
      label: classes ? names.indexOf(answer) : example.label,
      right: names.map((name) => name === answer),
    };
  });
}

/**
 * For each option of an example the index of its class: options may stand in another order.
 * @throws ExpectedError if the options are not the classes, each of them once
 */
export function toClassPlaces(
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
