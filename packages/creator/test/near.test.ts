import { hashShingles, jaccard } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { Close, Near } from "../src/filters/near.ts";
import { openNear, toBands } from "../src/filters/near.ts";
import { toExample, toQuestions } from "./questions.ts";

/** Adds questions as their lines; a repetition is looked for before it is added. */
async function findEach(near: Near, questions: readonly string[]): Promise<(Close | null)[]> {
  const found: (Close | null)[] = [];
  for (const [line, question] of questions.entries()) {
    found.push(await near.find(toExample(question)));
    await near.add(toExample(question), line);
  }
  return found;
}

function openOver(questions: readonly string[], overlap: number): Near {
  return openNear({ overlap, read: (line) => toExample(questions[line] as string) });
}

/** How close the closest earlier question is, by comparing it with all. */
function compareAll(questions: readonly string[]): number[] {
  const sets = questions.map(hashShingles);
  return sets.map((set, i) => Math.max(0, ...sets.slice(0, i).map((one) => jaccard(set, one))));
}

describe("near duplicates by overlap", () => {
  const questions = toQuestions(1500, 3);
  const closest = compareAll(questions);

  it.each([0.3, 0.5, 0.7, 0.9])(
    "are those that comparing with all finds, at %f",
    async (overlap) => {
      const found = await findEach(openOver(questions, overlap), questions);
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
    },
  );

  it("are found again in the same way", async () => {
    const once = await findEach(openOver(questions, 0.5), questions);
    expect(await findEach(openOver(questions, 0.5), questions)).toEqual(once);
  });

  it("are the closest, of equally close ones the earliest line", async () => {
    const questions = ["is the sea salty today", "is the sea salty now", "is the sea salty now"];
    const near = openOver(questions, 0.3);
    await near.add(toExample(questions[0] as string), 0);
    await near.add(toExample(questions[2] as string), 2);
    await near.add(toExample(questions[1] as string), 1);
    const close = { line: 1, similarity: 1, field: "question" };
    expect(await near.find(toExample("Is the sea salty now?"))).toEqual(close);
  });

  it("are told by their lines, whichever these are", async () => {
    const near = openNear({ overlap: 1, read: () => toExample("is the sea salty") });
    await near.add(toExample("is the sea salty"), 4711);
    expect(await near.find(toExample("is the sea salty!"))).toMatchObject({ line: 4711 });
    expect(await near.find(toExample("is the sky salty"))).toBeNull();
  });

  it("do not slow down what thousands have in common", async () => {
    let reads = 0;
    const questions = Array.from(
      { length: 3000 },
      (_, i) => `which of the following is the most likely reason for case ${i}`,
    );
    const read = (line: number) => {
      reads += 1;
      return toExample(questions[line] as string);
    };
    const found = await findEach(openNear({ overlap: 0.7, read }), questions);
    expect(found.filter((one) => one === null).length).toBeLessThan(5);
    expect(reads).toBeLessThanOrEqual(16 * questions.length);
  });
});

describe("the bands", () => {
  it.each([0.11, 0.2, 0.3, 0.45, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 1])(
    "find a pair of overlap %f with 0.97, in bounded memory",
    (overlap) => {
      const { bands, rows } = toBands(overlap);
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
    expect(toBands(overlap)).toEqual(expected);
  });
});
