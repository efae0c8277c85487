import { toComparable } from "../messages/combining-marks.ts";

/** Letters in a shingle (UTF-16 units, so that a rare letter may count as two). */
const shingleLength = 5;

/**
 * The set of a text's letter 5-grams as 32-bit hashes, distinct and in order. Case, punctuation and
 * white space are put aside; a text shorter than five letters is one shingle, and so is a text of
 * nothing but punctuation.
 */
export function hashShingles(text: string): Uint32Array {
  const folded = fold(text);
  const hashes = new Uint32Array(Math.max(1, folded.length - shingleLength + 1));
  for (let from = 0; from < hashes.length; from++)
    hashes[from] = hash(folded, from, Math.min(from + shingleLength, folded.length));
  return removeRepeats(hashes.sort());
}

function fold(text: string): string {
  const plain = toComparable(text, "NFKC").toLowerCase().trim();
  return plain.replace(/[\p{P}\s]+/gu, " ").trim() || plain;
}

/** FNV-1a over the letters, with murmur3's last steps. */
function hash(text: string, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < to; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** Spreads 32 bits over 32 bits (the last steps of murmur3). */
export function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function removeRepeats(sorted: Uint32Array): Uint32Array {
  let length = 0;
  for (const value of sorted)
    if (length === 0 || sorted[length - 1] !== value) sorted[length++] = value;
  return sorted.slice(0, length);
}

/** The fraction of shingles that two texts have in common (Jaccard), from 0 to 1. */
export function jaccard(one: Uint32Array, other: Uint32Array): number {
  let common = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const a = one[i] as number;
    const b = other[j] as number;
    if (a === b) common += 1;
    if (a <= b) i += 1;
    if (b <= a) j += 1;
  }
  return common / (one.length + other.length - common);
}

export interface CloseText {
  index: number;
  /** From 0 to 1. */
  similarity: number;
}

/** Finds the most similar of some texts, of equally similar ones the first. @param least similarity that counts */
export function findClosest(
  indices: Iterable<number>,
  measure: (index: number) => number,
  least: number,
): CloseText | null {
  let closest: CloseText | null = null;
  for (const index of indices) {
    const similarity = measure(index);
    if (similarity >= least && similarity > (closest?.similarity ?? -1))
      closest = { index, similarity };
  }
  return closest;
}

/**
 * Creates an exact search over texts that are all known, by their common letter 5-grams. Of each text's
 * shingles the first by hash are indexed: so many that two texts that overlap enough must have some of them
 * in common (prefix filtering; Bayardo, Ma and Srikant 2007; with several, Wang, Li and Feng 2012).
 * All that is close is found.
 * @param overlap the fraction of common 5-grams (Jaccard) from which two texts are too close
 * @returns finds the closest text, of equally close ones the first
 */
export function createOverlapSearch(texts: readonly string[], overlap: number) {
  const sets = texts.map(hashShingles);
  /** The least number of shingles in common with a text of so many. */
  const countLeast = (length: number) => Math.max(1, Math.ceil(overlap * length - 1e-9));
  /** The least number of these among the first of both: the larger, the more are indexed. */
  const countLeastFirst = (length: number) =>
    Math.min(countLeast(length), 1 + Math.floor(length / 8));
  const findFirst = (set: Uint32Array) =>
    set.subarray(0, set.length - countLeast(set.length) + countLeastFirst(set.length));
  /** The texts that hold a shingle among their first, in order. */
  const holders = new Map<number, number[]>();
  for (const [index, set] of sets.entries())
    for (const shingle of findFirst(set)) {
      const known = holders.get(shingle);
      if (known) known.push(index);
      else holders.set(shingle, [index]);
    }
  const leastFirst = Uint32Array.from(sets, ({ length }) => countLeastFirst(length));
  /** For each text, how many of its first shingles were met in this search. */
  const met = new Uint32Array(texts.length);

  return (text: string) => {
    const set = hashShingles(text);
    const candidates: number[] = [];
    const least = countLeastFirst(set.length);
    for (const shingle of findFirst(set))
      for (const index of holders.get(shingle) ?? []) {
        const times = (met[index] as number) + 1;
        met[index] = times;
        if (times === Math.min(least, leastFirst[index] as number)) candidates.push(index);
      }
    met.fill(0);
    candidates.sort((one, other) => one - other);
    return findClosest(candidates, (index) => jaccard(set, sets[index] as Uint32Array), overlap);
  };
}
