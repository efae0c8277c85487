import { countBits } from "./count-bits.ts";

/** Who may be close to whom, from sketches: bits of which close ones share more. */
export interface Candidates {
  /**
   * Those that share a bucket and differ in no more bits than allowed, the fewest first, then in the
   * order of adding; numbers from 0.
   * @param buckets one of each band
   */
  find: (buckets: readonly number[], sketch: Uint32Array) => number[];
  add: (buckets: readonly number[], sketch: Uint32Array) => void;
}

/** What sketches are like. */
export interface CandidateOptions {
  bands: number;
  /** Of 32 bits each. */
  words: number;
  /** Bits in which candidates may differ. */
  differing: number;
  /** What is looked into: the bucket itself (0), and those whose number differs in these bits. */
  flips: readonly number[];
}

/** What a bucket's number is below. */
export const bucketCount = 1 << 16;

/** The newest ones that are looked at in a bucket: what thousands have in common tells none apart. */
const mostInBucket = 64;

/** The candidates that are worth comparing. */
const mostFound = 32;

const chunkBits = 10;
const chunkLength = 1 << chunkBits;

/** Numbers are below it: one number holds a difference and who differs. */
const turn = 2 ** 32;

/**
 * Opens an empty memory of sketches: 4 bytes a band and 4 a word for each, and 256 KB a band.
 */
export function openCandidates({ bands, words, differing, flips }: CandidateOptions): Candidates {
  /** The newest of each bucket, + 1; 0: it is empty. */
  const newest = new Uint32Array(bands * bucketCount);
  /** Of each one, the next older in each of its buckets, and then its sketch. */
  const chunks: Uint32Array[] = [];
  const width = bands + words;
  let length = 0;

  return {
    find(buckets, sketch) {
      const found: number[] = [];
      for (const [band, bucket] of buckets.entries())
        for (const flip of flips) {
          let mark = newest[band * bucketCount + (bucket ^ flip)] as number;
          for (let looked = 0; mark > 0 && looked < mostInBucket; looked++) {
            const chunk = chunks[(mark - 1) >>> chunkBits] as Uint32Array;
            const at = ((mark - 1) & (chunkLength - 1)) * width;
            let difference = 0;
            for (let word = 0; word < words && difference <= differing; word++)
              difference += countBits(
                (sketch[word] as number) ^ (chunk[at + bands + word] as number),
              );
            if (difference <= differing) found.push(difference * turn + mark - 1);
            mark = chunk[at + band] as number;
          }
        }
      if (found.length === 0) return found;
      const sorted = Float64Array.from(found).sort();
      const distinct = sorted.filter((key, i) => key !== sorted[i - 1]);
      return Array.from(distinct.subarray(0, mostFound), (key) => key % turn);
    },
    add(buckets, sketch) {
      const row = length & (chunkLength - 1);
      if (row === 0) chunks.push(new Uint32Array(chunkLength * width));
      const chunk = chunks[length >>> chunkBits] as Uint32Array;
      length += 1;
      for (const [band, bucket] of buckets.entries()) {
        const at = band * bucketCount + bucket;
        chunk[row * width + band] = newest[at] as number;
        newest[at] = length;
      }
      chunk.set(sketch, row * width + bands);
    },
  };
}
