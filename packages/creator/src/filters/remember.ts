/**
 * The same function, which remembers what it gave for so many arguments: what is looked for is often
 * added next, and what is common is looked at again and again.
 */
export function withMemory<K, T>(give: (argument: K) => T, most: number): (argument: K) => T {
  const known = new Map<K, T>();
  return (argument) => {
    const before = known.get(argument);
    if (before !== undefined) return before;
    const given = give(argument);
    known.set(argument, given);
    const [oldest] = known.keys();
    if (known.size > most) known.delete(oldest as K);
    return given;
  };
}
