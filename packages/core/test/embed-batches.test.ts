import { describe, expect, it } from "vitest";
import { isSameTogether, toBatch, toBatches } from "../src/embed/batches.ts";
import type { Encoder } from "../src/embed/encoder.ts";

/** Rows of such lengths. */
const rows = (...lengths: number[]) => lengths.map((length) => new Array(length).fill(1));

describe("toBatches", () => {
  it.each([
    {
      what: "equal lengths share, long ones first",
      lengths: [2, 3, 2, 3],
      batches: [
        [1, 3],
        [0, 2],
      ],
    },
    { what: "neighbours do not share", lengths: [2, 3, 4], batches: [[2], [1], [0]] },
    { what: "a batch has 512 tokens at most", lengths: [200, 200, 200], batches: [[0, 1], [2]] },
    { what: "longer ones stay alone", lengths: [600, 600], batches: [[0], [1]] },
    { what: "single tokens stay alone", lengths: [1, 1], batches: [[0], [1]] },
    { what: "nothing", lengths: [], batches: [] },
  ])("$what", ({ lengths, batches }) => {
    expect(toBatches(rows(...lengths), true)).toEqual(batches);
  });

  it("keeps texts apart that must not share", () => {
    expect(toBatches(rows(2, 3, 2), false)).toEqual([[1], [0], [2]]);
  });
});

describe("isSameTogether", () => {
  /** Gives each row the sum of its ids, and adds to it what depends on the whole batch. */
  function openSums(more: (ids: Int32Array, rows: number) => number): Encoder {
    return {
      dimensions: 1,
      async encode({ ids, rows }) {
        const length = ids.length / rows;
        return Float32Array.from({ length: rows }, (_, row) => {
          const own = ids.subarray(row * length, (row + 1) * length);
          return own.reduce((sum, id) => sum + id, 0) + more(ids, rows);
        });
      },
      async dispose() {},
    };
  }
  const ids = Array.from({ length: 12 }, (_, i) => i + 1);

  it("is so where a row depends on itself", async () => {
    expect(
      await isSameTogether(
        openSums(() => 0.5),
        ids,
      ),
    ).toBe(true);
  });

  it.each([
    ["the largest of the batch", (all: Int32Array) => Math.max(...all)],
    ["the number of rows", (_: Int32Array, rows: number) => rows],
    ["batches of many tokens", (all: Int32Array) => (all.length > 16 ? 1 : 0)],
  ])("is not where it depends on %s", async (_, more) => {
    expect(await isSameTogether(openSums(more), ids)).toBe(false);
  });

  it("puts rows one after the other", () => {
    expect(
      toBatch([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ ids: Int32Array.of(1, 2, 3, 4), rows: 2 });
  });
});
