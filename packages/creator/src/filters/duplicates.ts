import {
  createRandom,
  findClosest,
  hashShingles,
  jaccard,
  mix,
  normaliseQuestion,
} from "@seedling/core/internal";
import type { TextIndex } from "./checks.ts";

/** Creates an empty index of questions, case and white space put aside, each known by its order. */
export function createSeenQuestions() {
  const indices = new Map<string, number>();
  let count = 0;
  return {
    /** Finds the first question that is the same. */
    find: (question: string) => indices.get(normaliseQuestion(question)) ?? null,
    add(question: string) {
      const key = normaliseQuestion(question);
      if (!indices.has(key)) indices.set(key, count);
      count += 1;
    },
  };
}

/** Hash functions of a signature. */
const hashCount = 128;

const random = createRandom("min-hash");
const multipliers = Int32Array.from({ length: hashCount }, () => random.int(2 ** 32) | 1);
const addends = Int32Array.from({ length: hashCount }, () => random.int(2 ** 32));

/** The newest examples compared in a bucket: what thousands have in common tells none apart. */
const mostInBucket = 64;

/**
 * Creates an index of questions by their common letter 5-grams: MinHash signatures in bands (Broder
 * 1997; Indyk and Motwani 1998) find candidates, whose 5-grams are compared exactly. Nothing found is
 * false; a question just as close as `overlap` is found with probability 0.97, a closer one more often.
 * @param overlap the fraction of common 5-grams (Jaccard) from which two questions are too close
 */
export function createMinHashIndex(overlap: number): TextIndex {
  const { bands, rows } = chooseBands(overlap);
  const sets: Uint32Array[] = [];
  /** For each band the newest example in each bucket, and for each example the one before it there. */
  const newest = Array.from({ length: bands }, () => new Map<number, number>());
  const older = Array.from({ length: bands }, () => [] as number[]);
  /** What is looked for is often added next. */
  let latest: { question: string; set: Uint32Array; buckets: number[] } | null = null;

  const hash = (question: string) => {
    if (latest?.question === question) return latest;
    const set = hashShingles(question);
    latest = { question, set, buckets: findBuckets(set, bands, rows) };
    return latest;
  };

  return {
    find(question) {
      const { set, buckets } = hash(question);
      const candidates = new Set<number>();
      for (const [band, bucket] of buckets.entries()) {
        let one = newest[band]?.get(bucket) ?? -1;
        for (let looked = 0; one >= 0 && looked < mostInBucket; looked++) {
          candidates.add(one);
          one = older[band]?.[one] ?? -1;
        }
      }
      const inOrder = [...candidates].sort((one, other) => one - other);
      return findClosest(inOrder, (index) => jaccard(set, sets[index] as Uint32Array), overlap);
    },
    add(question) {
      const { set, buckets } = hash(question);
      for (const [band, bucket] of buckets.entries()) {
        older[band]?.push(newest[band]?.get(bucket) ?? -1);
        newest[band]?.set(bucket, sets.length);
      }
      sets.push(set);
    },
  };
}

/**
 * Chooses the longest rows, since these let the fewest by that are not close, of which enough bands
 * fit that a pair as close as `overlap` shares one with 0.97. Below 0.11 there are too few bands for that.
 */
export function chooseBands(overlap: number): { bands: number; rows: number } {
  const mostBands = 32;
  for (let rows = hashCount; rows > 1; rows--) {
    const bands = Math.max(1, Math.ceil(Math.log(0.03) / Math.log1p(-(overlap ** rows))));
    if (bands <= mostBands && bands * rows <= hashCount) return { bands, rows };
  }
  return { bands: mostBands, rows: 1 };
}

/** Hashes a set into one bucket a band: two sets share the minimum of a hash function as often as they overlap. */
function findBuckets(set: Uint32Array, bands: number, rows: number): number[] {
  return Array.from({ length: bands }, (_, band) => {
    let bucket = 0;
    for (let f = band * rows; f < (band + 1) * rows; f++) bucket = mix(bucket ^ findLeast(set, f));
    return bucket | 0;
  });
}

function findLeast(set: Uint32Array, f: number): number {
  const multiplier = multipliers[f] as number;
  const addend = addends[f] as number;
  let least = 0x7fffffff;
  for (let i = 0; i < set.length; i++) {
    const value = (Math.imul(set[i] as number, multiplier) + addend) | 0;
    if (value < least) least = value;
  }
  return least;
}
