import { createRandom } from "@seedling/core/internal";

/** Folds that a linear head is chosen by where people labelled its examples and there is no dev split. */
export const foldCount = 5;

/**
 * Deals rows to parts of equal size, each label's in turn: a label with as many rows as there are parts has one in
 * each at least, a rarer one is lacking in some.
 * @returns the part of each row, from 0
 */
export function dealByLabel(
  labels: readonly (number | string)[],
  parts: number,
  seed: number,
): number[] {
  const dealt: number[] = [];
  const random = createRandom("folds", seed);
  const order = random.shuffled(labels.map((_, row) => row));
  const places = new Map([...new Set(labels)].map((label, place) => [label, place]));
  const place = (row: number) => places.get(labels[row] as number | string) as number;
  order.sort((a, b) => place(a) - place(b));
  for (const [at, row] of order.entries()) dealt[row] = at % parts;
  return dealt;
}
