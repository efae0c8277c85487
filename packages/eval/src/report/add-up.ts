/** The sums of counts, name by name. */
export function addUp(all: readonly Record<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [name, n] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + n);
  return sums;
}
