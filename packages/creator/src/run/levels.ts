import {
  createRandom,
  type Example,
  hashShingles,
  jaccard,
  toAnswer,
} from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";
import { toDistinct, toSelfSimilarity, toWords } from "./diversity.ts";
import { mergeSamples, openSample, type Sample } from "./sample.ts";

/** Drift and diversity of the examples that were created at some depths. */
export interface Level {
  /** Requests between the formatting example and these, first and last. */
  from: number;
  to: number;
  n: number;
  /** Mean of 1 - overlap (letter 5-grams, Jaccard) of a question with the formatting example's. */
  distance: number;
  /** Mean overlap of two questions of the level's sample; null: there are no two. */
  selfSimilarity: number | null;
  /** Distinct words, and pairs of words, of the sample's questions by all of them (distinct-n). */
  distinct1: number;
  distinct2: number;
  /** Share of each label: its text, or with options of their own its place from 1. */
  labels: Record<string, number>;
}

/** What is held of a level while it grows. */
interface Growing {
  n: number;
  distance: number;
  labels: Map<string, number>;
  questions: Sample<string>;
}

/** Levels at most: chains may be thousands of requests deep. */
const mostLevels = 20;

/** Questions in a level's sample at most, so that levels of any size compare. */
const sampleSize = 200;

/**
 * Drift and diversity by depth, in one pass: a level for each depth, or where they would be more
 * than 20, for as many depths together as it takes, doubled each time. Depths without an example
 * have no level. Figures are to four digits.
 * @param kept in the order of `created.jsonl`; depths from 1
 */
export function measureLevels(
  kept: Iterable<{ example: Example; depth: number }>,
  { formatting, options }: Shape,
  seed: number,
): Level[] {
  const random = createRandom("levels", seed);
  const start = hashShingles(formatting.question);
  let levels: (Growing | undefined)[] = [];
  let depths = 1;
  let deepest = 0;
  for (const { example, depth } of kept) {
    for (; depth > depths * mostLevels; depths *= 2) levels = toPairs(levels);
    deepest = Math.max(deepest, depth);
    const place = Math.floor((depth - 1) / depths);
    const level = levels[place] ?? toEmpty();
    levels[place] = level;
    const label = options === "fixed" ? toAnswer(example) : `${example.label + 1}`;
    level.n += 1;
    level.distance += 1 - jaccard(start, hashShingles(example.question));
    level.labels.set(label, (level.labels.get(label) ?? 0) + 1);
    level.questions.add(example.question, random.next());
  }
  return levels.flatMap((level, i) => {
    const to = Math.min((i + 1) * depths, deepest);
    return level ? [toLevel(level, { from: i * depths + 1, to })] : [];
  });
}

function toEmpty(): Growing {
  return { n: 0, distance: 0, labels: new Map(), questions: openSample(sampleSize) };
}

/** Two levels each become one. */
function toPairs(levels: readonly (Growing | undefined)[]): (Growing | undefined)[] {
  const half = Array.from({ length: Math.ceil(levels.length / 2) }, (_, i) => i);
  return half.map((i) => toPair(levels[2 * i], levels[2 * i + 1]));
}

function toPair(one?: Growing, other?: Growing): Growing | undefined {
  if (!one || !other) return one ?? other;
  const labels = new Map(one.labels);
  for (const [label, n] of other.labels) labels.set(label, (labels.get(label) ?? 0) + n);
  return {
    n: one.n + other.n,
    distance: one.distance + other.distance,
    labels,
    questions: mergeSamples(one.questions, other.questions),
  };
}

function toLevel(level: Growing, depths: Pick<Level, "from" | "to">): Level {
  const { n, distance, labels, questions } = level;
  const sample = questions.items();
  const words = sample.map(toWords);
  const self = toSelfSimilarity(sample.map(hashShingles));
  return {
    ...depths,
    n,
    distance: round(distance / n),
    selfSimilarity: self === null ? null : round(self),
    distinct1: round(toDistinct(words, 1)),
    distinct2: round(toDistinct(words, 2)),
    labels: Object.fromEntries(Array.from(labels, ([label, count]) => [label, round(count / n)])),
  };
}

function round(figure: number): number {
  return Number(figure.toFixed(4));
}
