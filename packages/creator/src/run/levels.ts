import {
  type CreationManifest,
  createRandom,
  type Example,
  hashShingles,
  jaccard,
  toAnswer,
} from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";

/** Levels at most: chains may be thousands of requests deep. */
const mostLevels = 20;

/** Questions in a level's sample at most, so that levels of any size compare. */
const sampleSize = 200;

/**
 * Measures drift and diversity by depth: a level for each depth, or where they would be more than 20,
 * for as many depths together as it takes, doubled each time. Depths without an example have no level.
 * Numbers are to four digits.
 * @param kept in the order of `created.jsonl`; depths from 1
 * @returns for each level its first and last depth; the mean of 1 - overlap (letter 5-grams, Jaccard)
 *   of a question with the formatting example's; of a sample the mean overlap of two questions (null:
 *   there are no two), and distinct words and pairs of words by all of them (distinct-n); the fraction
 *   of each label, or where options vary of its position from 1
 */
export function measureLevels(
  kept: readonly { example: Example; lineage: { depth: number } }[],
  { formatting, options }: Shape,
  seed: number,
): CreationManifest["levels"] {
  const random = createRandom("levels", seed);
  const start = hashShingles(formatting.question);
  const deepest = kept.reduce((most, { lineage }) => Math.max(most, lineage.depth), 0);
  let depths = 1;
  while (deepest > depths * mostLevels) depths *= 2;
  const levels: Example[][] = [];
  for (const { example, lineage } of kept) {
    const number = Math.floor((lineage.depth - 1) / depths);
    levels[number] ??= [];
    levels[number].push(example);
  }
  return levels.flatMap((level, number) => {
    const n = level.length;
    const distances = level.map(({ question }) => 1 - jaccard(start, hashShingles(question)));
    const counts = new Map<string, number>();
    for (const example of level) {
      const label = options === "fixed" ? toAnswer(example) : `${example.label + 1}`;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const sample = random.shuffled(level).slice(0, sampleSize);
    const words = sample.map(({ question }) => splitWords(question));
    const self = computeSelfSimilarity(sample.map(({ question }) => hashShingles(question)));
    return {
      from: number * depths + 1,
      to: Math.min((number + 1) * depths, deepest),
      n,
      distance: round(distances.reduce((sum, distance) => sum + distance, 0) / n),
      selfSimilarity: self === null ? null : round(self),
      distinct1: round(computeDistinct(words, 1)),
      distinct2: round(computeDistinct(words, 2)),
      labels: Object.fromEntries(Array.from(counts, ([label, count]) => [label, round(count / n)])),
    };
  });
}

/** Computes the mean overlap of every two of these sets of shingles; null: there are no two. */
export function computeSelfSimilarity(texts: readonly Uint32Array[]): number | null {
  const pairs = (texts.length * (texts.length - 1)) / 2;
  if (pairs === 0) return null;
  let sum = 0;
  texts.forEach((one, i) => {
    for (const other of texts.slice(i + 1)) sum += jaccard(one, other);
  });
  return sum / pairs;
}

/** Splits a text into its words, in lower case. */
export function splitWords(text: string): string[] {
  const words = text
    .normalize("NFKC")
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

function round(value: number): number {
  return Number(value.toFixed(4));
}
