import { type Example, ExpectedError, optionAt } from "@seedling/core/internal";

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
