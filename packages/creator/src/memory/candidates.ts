import { countBits } from "./count-bits.ts";
import { openNumberList } from "./number-list.ts";

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

/** Numbers are below it: one number holds a difference and who differs. */
const turn = 2 ** 32;

/**
 * Opens an empty memory of sketches: 4 bytes a band and 4 a word for each, and 256 KB a band.
 */
export function openCandidates({ bands, words, differing, flips }: CandidateOptions): Candidates {
  /** The newest of each bucket, + 1; 0: it is empty. */
  const newest = new Uint32Array(bands * bucketCount);
  /** For each one and band, the next older in its bucket. */
  const older = openNumberList("u32");
  const sketches = openNumberList("u32");

  const toDifference = (sketch: Uint32Array, one: number): number => {
    let bits = 0;
    for (let word = 0; word < words; word++)
      bits += countBits((sketch[word] as number) ^ sketches.get(one * words + word));
    return bits;
  };

  return {
    find(buckets, sketch) {
      const found: number[] = [];
      for (const [band, bucket] of buckets.entries())
        for (const flip of flips) {
          let mark = newest[band * bucketCount + (bucket ^ flip)] as number;
          for (let looked = 0; mark > 0 && looked < mostInBucket; looked++) {
            const difference = toDifference(sketch, mark - 1);
            if (difference <= differing) found.push(difference * turn + mark - 1);
            mark = older.get((mark - 1) * bands + band);
          }
        }
      const sorted = Float64Array.from(found).sort();
      const distinct = sorted.filter((key, i) => key !== sorted[i - 1]);
      return Array.from(distinct.subarray(0, mostFound), (key) => key % turn);
    },
    add(buckets, sketch) {
      const mark = sketches.length / words + 1;
      for (const [band, bucket] of buckets.entries()) {
        const at = band * bucketCount + bucket;
        older.push(newest[at] as number);
        newest[at] = mark;
      }
      for (const word of sketch) sketches.push(word);
    },
  };
}
