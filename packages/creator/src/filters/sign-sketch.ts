import { createRandom } from "@seedling/core/internal";

/** Bits of a sketch. */
export const signBits = 256;

/** Words of a sketch. */
export const signWords = signBits / 32;

/** On which side of each of 256 random hyperplanes a vector lies: 32 bits a word. */
export type ToSketch = (vector: Float32Array) => Uint32Array;

/**
 * Opens sketches of vectors of one length. The share of bits in which two differ is their angle over
 * pi (Charikar 2002). The hyperplanes are those of a fixed random rotation, thrice signs and a
 * Walsh-Hadamard transform (Andoni et al. 2015): n log n steps instead of 256 n.
 */
export function openSignSketch(dimensions: number): ToSketch {
  const size = Math.max(signBits, 2 ** Math.ceil(Math.log2(dimensions)));
  const random = createRandom("sign-sketch", size);
  const signs = Array.from({ length: 3 }, () =>
    Float64Array.from({ length: size }, () => (random.next() < 0.5 ? -1 : 1)),
  );
  const turned = new Float64Array(size);
  return (vector) => {
    turned.fill(0).set(vector);
    for (const round of signs) {
      for (let i = 0; i < size; i++) turned[i] = (turned[i] as number) * (round[i] as number);
      transform(turned);
    }
    const sketch = new Uint32Array(signWords);
    for (let bit = 0; bit < signBits; bit++)
      if ((turned[bit] as number) > 0)
        sketch[bit >>> 5] = (sketch[bit >>> 5] as number) | (1 << (bit & 31));
    return sketch;
  };
}

/** The Walsh-Hadamard transform, in place and not scaled. */
function transform(values: Float64Array): void {
  for (let width = 1; width < values.length; width *= 2)
    for (let start = 0; start < values.length; start += 2 * width)
      for (let i = start; i < start + width; i++) {
        const [one, other] = [values[i] as number, values[i + width] as number];
        values[i] = one + other;
        values[i + width] = one - other;
      }
}

/** The most bits in which the sketches of a pair of this cosine differ, but for one in 30,000 pairs. */
export function toMostDiffering(cosine: number): number {
  const share = Math.acos(cosine) / Math.PI;
  return Math.floor(signBits * share + 4 * Math.sqrt(signBits * share * (1 - share)));
}
