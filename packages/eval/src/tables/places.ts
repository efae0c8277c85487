import { tasks } from "@seedling/core/internal";

/** What something is sorted by: the first difference decides. */
export type SortKey = readonly (number | string)[];

/** Negative, 0 or positive; of two places that agree as far as they go, the shorter comes first. */
export function compareSortKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** Benchmarks in the order of the paper's columns, then folders by name. */
export function toTaskKey(name: string): SortKey {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}
