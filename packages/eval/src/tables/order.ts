import { tasks } from "@seedling/core/internal";

/** What something is sorted by: the first difference decides; of two that agree as far as they go, the shorter comes first. */
export type SortKey = readonly (number | string | boolean)[];

/** Values in the order of their keys, equals in the order in which they come. */
export function sortBy<T>(values: readonly T[], toKey: (value: T) => SortKey): T[] {
  const keyed = values.map((value) => ({ value, key: toKey(value) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ value }) => value);
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** Benchmarks in the order of the paper's columns, then folders by name. */
export function getTaskKey(name: string): SortKey {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}
