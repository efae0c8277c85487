/** Values by a key of theirs, keys and values in the order in which they come. */
export function groupBy<T>(values: readonly T[], toKey: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(toKey(value));
    if (group) group.push(value);
    else groups.set(toKey(value), [value]);
  }
  return groups;
}
