import { toUnit } from "./encoder.ts";

// Texts as vectors of their words. Pages run it, too: it needs nothing of Node.

/** The words that are known, in the order of a vector's numbers, and how much each says. */
export interface WordWeights {
  words: readonly string[];
  idf: readonly number[];
}

/** Scripts that put no space between words: each letter counts as one. */
const unspaced =
  "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}";

const wordPattern = new RegExp(
  `[${unspaced}]\\p{M}*|(?:(?![${unspaced}])[\\p{L}\\p{N}]\\p{M}*)+`,
  "gu",
);

/** Lists a text's words, in lower case; punctuation and white space part them. */
export function listWords(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(wordPattern) ?? [];
}

/**
 * Creates what makes a vector of a text: how often each known word stands in it, times its idf, at length 1.
 * @returns also how many words the text has
 */
export function createWordVectors({ words, idf }: WordWeights) {
  const indexOf = new Map(words.map((word, index) => [word, index]));
  return (text: string): { vector: Float32Array; count: number } => {
    const found = listWords(text);
    const vector = new Float32Array(words.length);
    for (const word of found) {
      const index = indexOf.get(word);
      if (index !== undefined) vector[index] = (vector[index] ?? 0) + (idf[index] ?? 0);
    }
    return { vector: toUnit(vector), count: found.length };
  };
}
