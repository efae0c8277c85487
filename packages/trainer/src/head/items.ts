import { type Embedding, type Example, ExpectedError, optionAt } from "@seedling/core";

/** A labelled example as the head sees it. Its positions are the classes, or its own options. */
export interface Item {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
  /** The position whose score training raises. */
  label: number;
  /** Which positions count as right: a repeated option text is right wherever it stands. */
  right: boolean[];
}

/**
 * Examples with the embeddings of their texts (all of toTexts, one after the other) as items.
 * @param classes the class names for "classes", null for "choice"
 * @throws ExpectedError if an example's options are not the classes
 */
export function toItems(
  examples: readonly Example[],
  embeddings: readonly Embedding[],
  classes: readonly string[] | null,
): Item[] {
  let next = 0;
  return examples.map((example) => {
    const places = classes && toClassPlaces(example, classes);
    const names = classes ?? example.options;
    const answer = optionAt(example.options, example.label);
    const from = next;
    next += places ? 1 : names.length;
    return {
      vectors: embeddings.slice(from, next).map(({ vector }) => vector),
      label: places ? names.indexOf(answer) : example.label,
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
