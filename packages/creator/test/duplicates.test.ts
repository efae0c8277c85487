import { type CloseText, hashShingles, jaccard } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { chooseBands, createMinHashIndex, createSeenQuestions } from "../src/filters/duplicates.ts";
import { toQuestions } from "./questions.ts";

/** Adds questions; a repetition is looked for before it is added. */
function findEach(overlap: number, questions: readonly string[]): (CloseText | null)[] {
  const near = createMinHashIndex(overlap);
  return questions.map((question) => {
    const close = near.find(question) as CloseText | null;
    void near.add(question);
    return close;
  });
}

/** How close the closest earlier question is, by comparing it with all. */
function compareAll(questions: readonly string[]): number[] {
  const sets = questions.map(hashShingles);
  return sets.map((set, i) => Math.max(0, ...sets.slice(0, i).map((one) => jaccard(set, one))));
}

describe("near duplicates by overlap", () => {
  const questions = toQuestions(1500, 3);
  const closest = compareAll(questions);

  it.each([0.3, 0.5, 0.7, 0.9])("are those that comparing with all finds, at %f", (overlap) => {
    const found = findEach(overlap, questions);
    const all = closest.flatMap((similarity, i) =>
      similarity >= overlap ? [{ similarity, i }] : [],
    );
    const missed = all.filter(({ i }) => !found[i]);
    const lesser = all.filter(({ similarity, i }) => found[i]?.similarity !== similarity);
    expect(all.length).toBeGreaterThan(50);
    expect(missed.length / all.length).toBeLessThan(0.03);
    expect(lesser.length / all.length).toBeLessThan(0.1);
    const made = found.filter((one, i) => one && one.similarity > (closest[i] as number));
    expect(made).toEqual([]);
  });

  it("are found again in the same way", () => {
    expect(findEach(0.5, questions)).toEqual(findEach(0.5, questions));
  });

  it("are the closest, of equally close ones the earliest line", () => {
    const near = createMinHashIndex(0.3);
    for (const end of ["today", "now", "now"]) near.add(`is the sea salty ${end}`);
    const close = { index: 1, similarity: 1 };
    expect(near.find("Is the sea salty now?")).toEqual(close);
  });

  it("are named by their lines, though alike in nothing but case and punctuation", () => {
    const near = createMinHashIndex(1);
    near.add("does a glacier move");
    near.add("is the sea salty");
    expect(near.find("is the sea salty!")).toEqual({ index: 1, similarity: 1 });
    expect(near.find("is the sky salty")).toBeNull();
  });

  it("do not slow down what thousands have in common", () => {
    const alike = Array.from(
      { length: 3000 },
      (_, i) => `which of the following is the most likely reason for case ${i}`,
    );
    const { cpuUsage } = process;
    const start = cpuUsage();
    const found = findEach(0.7, alike);
    expect(found.filter((one) => one === null).length).toBeLessThan(5);
    // Comparing each with all would be 4.5 million comparisons, some 5 s.
    expect(cpuUsage(start).user / 1e6).toBeLessThan(2);
  });
});

describe("the bands", () => {
  it.each([0.11, 0.2, 0.3, 0.45, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 1])(
    "find a pair of overlap %f with 0.97, in bounded memory",
    (overlap) => {
      const { bands, rows } = chooseBands(overlap);
      expect(1 - (1 - overlap ** rows) ** bands).toBeGreaterThanOrEqual(0.97);
      expect(bands).toBeLessThanOrEqual(32);
      expect(bands * rows).toBeLessThanOrEqual(128);
    },
  );

  it.each([
    [0.5, { bands: 27, rows: 3 }],
    [0.7, { bands: 20, rows: 5 }],
    [0.9, { bands: 10, rows: 11 }],
    [0.05, { bands: 32, rows: 1 }],
  ])("by hand: %f", (overlap, expected) => {
    expect(chooseBands(overlap)).toEqual(expected);
  });
});

describe("seen questions", () => {
  it("put case, white space and encoding aside", () => {
    const seen = createSeenQuestions();
    seen.add("Is the sea salty?");
    seen.add("Is the caf\u00e9 open?");
    expect(seen.find("  is the\n\tCAFE\u0301 open? ")).toBe(1);
    expect(seen.find("Is the cafe open?")).toBeNull();
  });

  it("name the first line of a question", () => {
    const seen = createSeenQuestions();
    for (const end of ["new", "salty", "salty", "old"]) seen.add(`Is the sea ${end}?`);
    expect(["new", "salty", "old"].map((end) => seen.find(`is the sea ${end}?`))).toEqual([
      0, 1, 3,
    ]);
  });
});
