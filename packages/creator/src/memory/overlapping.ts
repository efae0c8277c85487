import { toOverlap, toShingles } from "./shingles.ts";

/** One of many texts that is close to another. */
export interface CloseText {
  /** Among the many, from 0. */
  place: number;
  /** From 0 to 1. */
  similarity: number;
}

/**
 * Opens an exact search over texts that are all known, by their common letter 5-grams. Of each text's
 * shingles the rarest are indexed: so many that two texts that overlap enough must have some of them
 * in common (prefix filtering; Bayardo, Ma and Srikant 2007; with several, Wang, Li and Feng 2012).
 * All that is close is found.
 * @param overlap the share of common 5-grams (Jaccard) from which two texts are too close
 * @returns finds the closest text, of equally close ones the first
 */
export function openOverlapping(
  texts: readonly string[],
  overlap: number,
): (text: string) => CloseText | null {
  const sets = texts.map(toShingles);
  const rarity = toRarity(sets);
  const toRarest = (set: Uint32Array) =>
    rarity.sort(set).subarray(0, set.length - toLeast(overlap, set.length) + toCommon(set));
  const postings = toPostings(sets.map(toRarest));
  /** For each text, how many of its rarest shingles were met in this search. */
  const met = new Uint32Array(texts.length);

  return (text) => {
    const set = toShingles(text);
    const candidates: number[] = [];
    for (const shingle of toRarest(set))
      for (const place of postings.find(shingle)) {
        met[place] = (met[place] as number) + 1;
        if (met[place] === Math.min(toCommon(set), toCommon(sets[place] as Uint32Array)))
          candidates.push(place);
      }
    met.fill(0);
    let closest: CloseText | null = null;
    for (const place of candidates.sort((one, other) => one - other)) {
      const similarity = toOverlap(set, sets[place] as Uint32Array);
      if (similarity >= overlap && similarity > (closest?.similarity ?? -1))
        closest = { place, similarity };
    }
    return closest;
  };
}

/** The fewest of so many shingles that are no less than this share of them. */
function toLeast(share: number, length: number): number {
  return Math.ceil(share * length - 1e-9);
}

/** How many of their rarest shingles two texts must have in common: the more, the more are indexed. */
function toCommon({ length }: Uint32Array): number {
  return 1 + Math.floor(length / 8);
}

const half = 2 ** 32;
const counted = 1 << 20;

/** An order of all shingles in which those that few texts hold come first, as good as a small count tells. */
function toRarity(sets: readonly Uint32Array[]) {
  const counts = new Uint32Array(counted);
  for (const set of sets)
    for (const shingle of set)
      counts[shingle % counted] = (counts[shingle % counted] as number) + 1;
  return {
    sort: (set: Uint32Array): Uint32Array =>
      Uint32Array.from(
        Float64Array.from(
          set,
          (shingle) => (counts[shingle % counted] as number) * half + shingle,
        ).sort(),
        (key) => key % half,
      ),
  };
}

/** Which texts hold a shingle: 8 bytes each. */
function toPostings(sets: readonly Uint32Array[]) {
  const all = new Float64Array(sets.reduce((sum, { length }) => sum + length, 0));
  const most = sets.length;
  let length = 0;
  for (const [place, set] of sets.entries())
    for (const shingle of set) all[length++] = shingle * most + place;
  all.sort();
  return {
    *find(shingle: number) {
      const end = (shingle + 1) * most;
      for (let at = toFirst(all, shingle * most); (all[at] ?? end) < end; at++)
        yield (all[at] as number) - shingle * most;
    },
  };
}

/** The place of the first number that is not smaller. */
function toFirst(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
