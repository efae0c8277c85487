import { optionAt } from "@seedling/core/internal";
import type { Shape } from "./prompt.ts";

/**
 * The sentence that asks for one label, by a request's place, so that labels come in turn whatever
 * arrives when: with fixed options the label itself, else the place of the right option.
 */
export function renderWantedLabel({ formatting, options }: Shape, place: number): string {
  const label = place % formatting.options.length;
  return options === "fixed"
    ? `This time the right answer of every object is ${JSON.stringify(optionAt(formatting.options, label))}.`
    : `This time the right option of every object stands at place ${label + 1} among its options.`;
}
