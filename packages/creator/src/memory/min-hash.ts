import { openRandom } from "@seedling/core";
import { bucketCount } from "./candidates.ts";
import { mix } from "./shingles.ts";

/** Hash functions; each gives one bit of the sketch. */
export const hashFunctions = 128;
export const sketchWords = hashFunctions / 32;

const random = openRandom("min-hash");
const multipliers = Int32Array.from({ length: hashFunctions }, () => random.int(2 ** 32) | 1);
const addends = Int32Array.from({ length: hashFunctions }, () => random.int(2 ** 32));

/** The smallest value of each hash function over a set: two sets agree in one as often as they overlap. */
export function toMinima(shingles: Uint32Array): Int32Array {
  const minima = new Int32Array(hashFunctions);
  for (let f = 0; f < hashFunctions; f++) {
    const multiplier = multipliers[f] as number;
    const addend = addends[f] as number;
    let least = 0x7fffffff;
    for (let i = 0; i < shingles.length; i++) {
      const value = (Math.imul(shingles[i] as number, multiplier) + addend) | 0;
      if (value < least) least = value;
    }
    minima[f] = least;
  }
  return minima;
}

/** One bit of each minimum. */
export function toSketch(minima: Int32Array): Uint32Array {
  const sketch = new Uint32Array(sketchWords);
  for (let f = 0; f < hashFunctions; f++)
    sketch[f >>> 5] = (sketch[f >>> 5] as number) | ((mix(minima[f] as number) & 1) << (f & 31));
  return sketch;
}

/** The bucket of each band. */
export function toBuckets(minima: Int32Array, bands: number, rows: number): number[] {
  return Array.from({ length: bands }, (_, band) => {
    let h = 0;
    for (let f = band * rows; f < (band + 1) * rows; f++) h = mix(h ^ (minima[f] as number));
    return h & (bucketCount - 1);
  });
}
