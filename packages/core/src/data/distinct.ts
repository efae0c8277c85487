import { toComparable } from "../messages/combining-marks.ts";

/** Splits a text into its words, in lower case. */
export function splitWords(text: string): string[] {
  const words = toComparable(text, "NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu);
  return words ?? [];
}

/** Computes distinct n-grams of words by all of them (distinct-n, Li et al. 2016); 0: there are none. */
export function computeDistinct(texts: readonly (readonly string[])[], n: number): number {
  const grams = texts.flatMap((words) =>
    words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(" ")),
  );
  return grams.length === 0 ? 0 : new Set(grams).size / grams.length;
}
