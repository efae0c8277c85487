import { jaccard } from "@seedling/core/internal";

/** The mean overlap of every two of these sets of shingles; null: there are no two. */
export function toSelfSimilarity(texts: readonly Uint32Array[]): number | null {
  const pairs = (texts.length * (texts.length - 1)) / 2;
  if (pairs === 0) return null;
  let sum = 0;
  texts.forEach((one, i) => {
    for (const other of texts.slice(i + 1)) sum += jaccard(one, other);
  });
  return sum / pairs;
}

/** A text's words, case put aside. */
export function toWords(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/** Distinct n-grams of words by all of them (distinct-n, Li et al. 2016); 0: there are none. */
export function toDistinct(texts: readonly (readonly string[])[], n: number): number {
  const grams = texts.flatMap((words) =>
    words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(" ")),
  );
  return grams.length === 0 ? 0 : new Set(grams).size / grams.length;
}
