/**
 * A sample of at most so many of all items that were added, each as likely as any other: those of
 * the smallest rank. Samples of two parts merge to the sample of the whole.
 */
export interface Sample<T> {
  /** @param rank uniform in [0, 1), drawn for this item */
  add: (item: T, rank: number) => void;
  /** By rank. */
  items: () => T[];
  /** With their ranks, in no order. */
  ranked: () => readonly { item: T; rank: number }[];
  size: number;
}

/** Opens a sample. Twice its size is held at most. */
export function openSample<T>(size: number): Sample<T> {
  let held: { item: T; rank: number }[] = [];
  let limit = 1;
  const cut = () => {
    held.sort((one, other) => one.rank - other.rank);
    held = held.slice(0, size);
    if (held.length === size) limit = held.at(-1)?.rank ?? limit;
  };
  return {
    add(item, rank) {
      if (rank > limit) return;
      held.push({ item, rank });
      if (held.length >= 2 * size) cut();
    },
    items() {
      cut();
      return held.map(({ item }) => item);
    },
    ranked: () => held,
    size,
  };
}

/** The sample of all that went into two. */
export function mergeSamples<T>(one: Sample<T>, other: Sample<T>): Sample<T> {
  const merged = openSample<T>(one.size);
  for (const { item, rank } of [...one.ranked(), ...other.ranked()]) merged.add(item, rank);
  return merged;
}
