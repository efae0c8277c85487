import type { CloseText } from "@seedling/core/internal";
import { countBits } from "./count-bits.ts";
import type { EmbedOne } from "./embed-one.ts";
import { openSignSketch, signWords, toMostDiffering } from "./sign-sketch.ts";

/**
 * Opens a search over texts that are all known, by cosine: of all of them the sketches are compared,
 * and of those that may be close the vectors, which stay in memory. One in 30,000 that are just as
 * close as `cosine` is missed. Encodes all texts first.
 * @param cosine from which two texts are too close
 * @returns finds the closest text, of equally close ones the first
 */
export async function openAligned(
  texts: readonly string[],
  cosine: number,
  embedOne: EmbedOne,
): Promise<(text: string) => Promise<CloseText | null>> {
  const vectors: Float32Array[] = [];
  for (const text of texts) vectors.push(await embedOne(text));
  const toSketch = openSignSketch(vectors[0]?.length ?? 1);
  const sketches = new Uint32Array(texts.length * signWords);
  for (const [place, vector] of vectors.entries())
    sketches.set(toSketch(vector), place * signWords);
  const most = toMostDiffering(cosine);

  return async (text) => {
    if (vectors.length === 0) return null;
    const vector = await embedOne(text);
    const sketch = toSketch(vector);
    let closest: CloseText | null = null;
    for (const [place, other] of vectors.entries()) {
      let bits = 0;
      for (let word = 0; word < signWords; word++)
        bits += countBits(
          (sketch[word] as number) ^ (sketches[place * signWords + word] as number),
        );
      if (bits > most) continue;
      const similarity = toCosine(vector, other);
      if (similarity >= cosine && similarity > (closest?.similarity ?? -1))
        closest = { index: place, similarity };
    }
    return closest;
  };
}

/** The cosine of two unit vectors; of equal ones the sum may be a digit above 1. */
export function toCosine(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return Math.min(1, sum);
}
