import { createRandom, mix } from "@seedling/core/internal";
import { bucketCount } from "./candidates.ts";

/** Hash functions; each gives one bit of the sketch. */
export const hashFunctions = 128;
export const sketchWords = hashFunctions / 32;

const random = createRandom("min-hash");
const multipliers = Int32Array.from({ length: hashFunctions }, () => random.int(2 ** 32) | 1);
const addends = Int32Array.from({ length: hashFunctions }, () => random.int(2 ** 32));

/** Of each hash function, the smallest value over the set that was hashed last. */
const minima = new Int32Array(hashFunctions);

/** What is likely to be alike in sets that overlap. */
export interface MinHash {
  /** One of each band. */
  buckets: number[];
  /** One bit of each hash function's minimum, 32 bits a word. */
  sketch: Uint32Array;
}

/**
 * Hashes a set by 128 functions: two sets share the minimum of one as often as they overlap, and a
 * bucket where they share all minima of a band.
 */
export function toMinHash(
  set: Uint32Array,
  { bands, rows }: { bands: number; rows: number },
): MinHash {
  for (let f = 0; f < hashFunctions; f++) minima[f] = toLeast(set, f);
  const sketch = new Uint32Array(sketchWords);
  for (let f = 0; f < hashFunctions; f++)
    sketch[f >>> 5] = (sketch[f >>> 5] as number) | ((mix(minima[f] as number) & 1) << (f & 31));
  return { buckets: Array.from({ length: bands }, (_, band) => toBucket(band, rows)), sketch };
}

function toLeast(set: Uint32Array, f: number): number {
  const multiplier = multipliers[f] as number;
  const addend = addends[f] as number;
  let least = 0x7fffffff;
  for (let i = 0; i < set.length; i++) {
    const value = (Math.imul(set[i] as number, multiplier) + addend) | 0;
    if (value < least) least = value;
  }
  return least;
}

function toBucket(band: number, rows: number): number {
  let h = 0;
  for (let f = band * rows; f < (band + 1) * rows; f++) h = mix(h ^ (minima[f] as number));
  return h & (bucketCount - 1);
}
