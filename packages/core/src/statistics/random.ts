import seedrandom from "seedrandom";

/** A stream of random numbers that depends on nothing but what it was created with. */
export type Random = ReturnType<typeof createRandom>;

/** Creates a stream named by its parts, such as a seed and what it is for. */
export function createRandom(...parts: (string | number)[]) {
  const next = seedrandom(JSON.stringify(parts));
  const int = (n: number) => Math.floor(next() * n);
  return {
    /** Uniform in [0, 1). */
    next: (): number => next(),
    /** A whole number in [0, n). */
    int,
    pick<T>(items: readonly T[]): T {
      const item = items[int(items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
    /** A new array of the same items in random order (Fisher-Yates). */
    shuffled<T>(items: readonly T[]): T[] {
      const order = [...items];
      for (let last = order.length - 1; last > 0; last--) {
        const other = int(last + 1);
        [order[last], order[other]] = [order[other] as T, order[last] as T];
      }
      return order;
    },
    /** Standard normal (Box-Muller). */
    normal: (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
