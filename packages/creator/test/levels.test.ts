import {
  computeDistinct,
  type Example,
  hashShingles,
  jaccard,
  splitWords,
} from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Shape } from "../src/prompt/prompt.ts";
import { computeSelfSimilarity, measureLevels } from "../src/run/summary.ts";
import { choice, closed } from "./shapes.ts";

const measure = (
  kept: readonly { example: Example; depth: number }[],
  ...rest: [shape: Shape, seed: number]
) => {
  const created = kept.map(({ example, depth }) => ({ example, lineage: { depth } }));
  return measureLevels(created, ...rest);
};

describe("distinct-n", () => {
  it.each([
    [["a b a b"], 1, 2 / 4],
    // ab, ba, ab
    [["a b a b"], 2, 2 / 3],
    // No pair stands across two texts: ab, ab.
    [["a b", "a b"], 2, 1 / 2],
    [["a b", "b a"], 2, 1],
    [["Is THE sea", "is the SKY?"], 1, 4 / 6],
    [["alone"], 2, 0],
    [["", "?!"], 1, 0],
    [[], 1, 0],
  ])("of %j, n = %i", (texts, n, expected) => {
    expect(computeDistinct(texts.map(splitWords), n)).toBe(expected);
  });

  it("takes words of any script, without punctuation", () => {
    expect(splitWords("Où est l’été, 3.5 km? 海")).toEqual([
      "où",
      "est",
      "l",
      "été",
      "3",
      "5",
      "km",
      "海",
    ]);
  });
});

describe("self-similarity", () => {
  it("is the mean over all pairs", () => {
    // abcdef: abcde, bcdef; bcdefg: bcdef, cdefg; they share one of three. The third shares none.
    const texts = ["abcdef", "bcdefg", "vwxyz"].map(hashShingles);
    expect(computeSelfSimilarity(texts)).toBeCloseTo((1 / 3 + 0 + 0) / 3, 12);
    expect(computeSelfSimilarity(texts.slice(0, 2))).toBeCloseTo(1 / 3, 12);
  });

  it("is nothing without a pair", () => {
    expect(computeSelfSimilarity([])).toBeNull();
    expect(computeSelfSimilarity([hashShingles("abcdef")])).toBeNull();
  });
});

const toExample = (question: string, label = 0): Example => ({
  ...closed.formatting,
  question,
  label,
});

const letters = { ...closed, formatting: toExample("abcdef") };

describe("levels", () => {
  it("have the figures that one computes by hand, a level a depth", () => {
    const kept = [
      { example: toExample("abcdef"), depth: 1 },
      { example: toExample("bcdefg", 1), depth: 1 },
      { example: toExample("vwxyz", 1), depth: 3 },
      { example: toExample("Abcdef?", 1), depth: 1 },
    ];
    expect(measure(kept, letters, 1)).toEqual([
      {
        from: 1,
        to: 1,
        n: 3,
        // 1 - 1, 1 - 1/3, 1 - 1
        distance: 0.2222,
        // 1/3, 1, 1/3
        selfSimilarity: 0.5556,
        distinct1: 0.6667,
        distinct2: 0,
        labels: { True: 0.3333, False: 0.6667 },
      },
      {
        from: 3,
        to: 3,
        n: 1,
        distance: 1,
        selfSimilarity: null,
        distinct1: 1,
        distinct2: 0,
        labels: { False: 1 },
      },
    ]);
  });

  it("count places where options vary", () => {
    const kept = [2, 0, 2].map((label, i) => ({
      example: { ...choice.formatting, question: `question ${i}`, label },
      depth: 1,
    }));
    expect(measure(kept, choice, 1)[0]?.labels).toEqual({ 1: 0.3333, 3: 0.6667 });
  });

  it("take any text for a label", () => {
    const shape = {
      ...closed,
      formatting: { ...closed.formatting, options: ["constructor", "__proto__"] },
    };
    const kept = [0, 1, 0].map((label, i) => ({
      example: { ...shape.formatting, question: `question ${i}`, label },
      depth: 1,
    }));
    expect(Object.entries(measure(kept, shape, 1)[0]?.labels ?? {})).toEqual([
      ["constructor", 0.6667],
      ["__proto__", 0.3333],
    ]);
  });

  it("are none where nothing was kept", () => {
    expect(measure([], closed, 1)).toEqual([]);
  });

  it.each([
    [20, 20, 1],
    [21, 11, 2],
    [40, 20, 2],
    [41, 11, 4],
    [5000, 20, 256],
  ])("of %i depths are %i, of %i depths each", (deepest, count, width) => {
    const kept = Array.from({ length: deepest }, (_, i) => ({
      example: toExample(`q ${i}`),
      depth: i + 1,
    }));
    const levels = measure(kept, closed, 1);
    expect(levels).toHaveLength(count);
    expect(levels[0]).toMatchObject({ from: 1, to: width, n: width });
    expect(levels.at(-1)?.to).toBe(deepest);
  });

  it("lose nothing, whatever the order of the depths, and are the same for the same seed", () => {
    const question = fc.array(fc.constantFrom("a", "b", "c d", "é"), {
      minLength: 1,
      maxLength: 8,
    });
    const one = fc.record({ question, depth: fc.integer({ min: 1, max: 300 }), label: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(one), fc.nat(), (all, seed) => {
        const kept = all.map(({ question, depth, label }) => ({
          example: toExample(question.join(""), label),
          depth,
        }));
        const levels = measure(kept, closed, seed);
        expect(levels).toEqual(measure(kept, closed, seed));
        expect(levels.length).toBeLessThanOrEqual(20);
        const [start, ...overlaps] = [closed.formatting, ...kept.map(({ example }) => example)].map(
          ({ question }) => hashShingles(question),
        ) as [Uint32Array, ...Uint32Array[]];
        for (const { from, to, n, distance, labels } of levels) {
          const inside = kept.flatMap(({ depth }, i) => (depth >= from && depth <= to ? [i] : []));
          expect(n).toBe(inside.length);
          const sum = inside.reduce(
            (all, i) => all + 1 - jaccard(start, overlaps[i] as Uint32Array),
            0,
          );
          expect(distance).toBeCloseTo(sum / n, 3);
          expect(Object.values(labels).reduce((all, share) => all + share, 0)).toBeCloseTo(1, 3);
        }
        expect(levels.reduce((sum, { n }) => sum + n, 0)).toBe(kept.length);
      }),
    );
  });

  it("take a sample of a large level, near to the whole of it", () => {
    // Half of the questions are one, half the other: two are the same with probability 1/2.
    const kept = Array.from({ length: 20_000 }, (_, i) => ({
      example: toExample(i % 2 === 0 ? "abcdef" : "uvwxyz"),
      depth: 1,
    }));
    const [level] = measure(kept, letters, 1);
    expect(level?.distance).toBe(0.5);
    expect(level?.selfSimilarity).toBeGreaterThan(0.48);
    expect(level?.selfSimilarity).toBeLessThan(0.53);
    expect(level?.distinct1).toBe(0.01);
  });
});
