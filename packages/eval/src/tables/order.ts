import { tasks } from "@seedling/core/internal";
import { ascending } from "d3-array";

/** What something is sorted by: the first difference decides. */
export type SortKey = readonly (number | string | boolean)[];

/** Values in the order of their keys, equals in the order in which they come. */
export function sortBy<T>(values: readonly T[], toKey: (value: T) => SortKey): T[] {
  const keyed = values.map((value) => ({ value, key: toKey(value) }));
  const compare = (a: SortKey, b: SortKey) => {
    const first = a.findIndex((part, index) => part !== b[index]);
    return ascending(a[first], b[first]);
  };
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ value }) => value);
}

/** Benchmarks in the order of the paper's columns, then folders by name. */
export function getTaskKey(name: string): SortKey {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}
