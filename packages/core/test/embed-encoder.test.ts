import { describe, expect, it } from "vitest";
import { withCache } from "../src/embed/cache.ts";
import {
  allowsBatches,
  type Embed,
  type Encoder,
  groupIntoBatches,
  joinRows,
} from "../src/embed/encoder.ts";
import { fillFrame, findFrame } from "../src/embed/frame.ts";
import { divideThreads } from "../src/embed/transformers.ts";
import { tokenizeText, toText } from "../src/embed/truncate.ts";

/** Rows of such lengths. */
const rows = (...lengths: number[]) => lengths.map((length) => new Array(length).fill(1));

describe("groupIntoBatches", () => {
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
    expect(groupIntoBatches(rows(...lengths), true)).toEqual(batches);
  });

  it("keeps texts apart that must not share", () => {
    expect(groupIntoBatches(rows(2, 3, 2), false)).toEqual([[1], [0], [2]]);
  });
});

describe("allowsBatches", () => {
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
      await allowsBatches(
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
    expect(await allowsBatches(openSums(more), ids)).toBe(false);
  });

  it("puts rows one after the other", () => {
    expect(
      joinRows([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ ids: Int32Array.of(1, 2, 3, 4), rows: 2 });
  });
});

/** An Embed that notes the parts it is asked for: a text's vector is its number. */
function openNoting(parts: string[][]): Embed {
  return {
    id: "test/1",
    hash: "test",
    dimensions: 1,
    maxLength: 8,
    async embed(texts, progress) {
      parts.push(texts.map(toText));
      progress?.(Math.floor(texts.length / 2), texts.length);
      return texts.map(toText).map((text) => ({
        vector: Float32Array.of(Number(toText(text))),
        tokens: text.length,
        kept: text.length,
      }));
    },
    cutsOption: () => false,
    async dispose() {},
  };
}

const numbers = Array.from({ length: 1000 }, (_, i) => String((i * 7) % 600));

describe("withCache without a folder", () => {
  it("gives every text its vector, asks for each once, in parts of 512, long ones first", async () => {
    const parts: string[][] = [];
    const embeddings = await withCache(openNoting(parts), null).embed(numbers);
    expect(embeddings.map(({ vector }) => String(vector[0]))).toEqual(numbers);
    expect(parts.map(({ length }) => length)).toEqual([512, 88]);
    const asked = parts.flat();
    expect(new Set(asked).size).toBe(600);
    const lengths = asked.map(({ length }) => length);
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
  });

  it("counts texts, upwards, to their number", async () => {
    const told: [number, number][] = [];
    await withCache(openNoting([]), null).embed(numbers, (...one) => told.push(one));
    const done = told.map(([count]) => count);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(told.at(-1)).toEqual([1000, 1000]);
    expect(told.length).toBeGreaterThan(3);
  });

  it("makes parts of long texts smaller", async () => {
    const parts: string[][] = [];
    const long = Array.from({ length: 10 }, (_, i) => `${i}`.padStart(30_000, "0"));
    const embeddings = await withCache(openNoting(parts), null).embed(long);
    expect(parts.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
    expect(embeddings.map(({ vector }) => vector[0])).toEqual(long.map(Number));
  });

  it("has nothing to do with no texts", async () => {
    expect(await withCache(openNoting([]), null).embed([])).toEqual([]);
  });
});

describe("divideThreads", () => {
  it.each([
    { threads: 2, weights: 100e6, memory: 16e9, divided: { workers: 2, threadsEach: 1 } },
    { threads: 64, weights: 400e6, memory: 64e9, divided: { workers: 20, threadsEach: 3 } },
    { threads: 8, weights: 1.4e9, memory: 16e9, divided: { workers: 1, threadsEach: 8 } },
    { threads: 1, weights: 1.4e9, memory: 4e9, divided: { workers: 1, threadsEach: 1 } },
  ])("$threads threads, $weights bytes in $memory", ({ threads, weights, memory, divided }) => {
    expect(divideThreads(threads, weights, memory)).toEqual(divided);
  });
});

describe("a frame of special tokens", () => {
  const types = [0, 0, 0, 1, 1, 1];
  const bert = [101, 7, 102, 8, 9, 102].map((id, at) => ({ id, type: types[at] ?? 0 }));

  it("has a place for each text", () => {
    const frame = findFrame(bert, [[7], [8, 9]]) ?? [];
    expect(frame).toEqual([
      { id: 101, type: 0 },
      { id: null, type: 0 },
      { id: 102, type: 0 },
      { id: null, type: 1 },
      { id: 102, type: 1 },
    ]);
    const texts = [[7, 7], [8]].map((ids) => tokenizeText(() => ids, ""));
    expect(fillFrame(frame, texts, 6)).toEqual({
      ids: [101, 7, 7, 102, 8, 102],
      typeIds: [0, 0, 0, 0, 1, 1],
      tokens: 6,
      cutsOption: false,
    });
  });

  it.each<[string, number[][]]>([
    ["a text is not there", [[7], [5]]],
    ["texts stand in another order", [[8, 9], [7]]],
    ["a text is empty", [[7], []]],
  ])("is not found where %s", (_, contents) => {
    expect(findFrame(bert, contents)).toBe(null);
  });

  it.each([
    { framed: true, text: "abc", longest: 5, ids: [1, 97, 98, 99, 2], tokens: 5 },
    { framed: true, text: "abc", longest: 9, ids: [1, 97, 98, 99, 2], tokens: 5 },
    { framed: true, text: "abcd", longest: 5, ids: [1, 97, 98, 99, 2], tokens: 6 },
    { framed: true, text: "abcd", longest: 3, ids: [1, 97, 2], tokens: 6 },
    { framed: true, text: "", longest: 3, ids: [1, 2], tokens: 2 },
    { framed: false, text: "abcd", longest: 3, ids: [97, 98, 99], tokens: 4 },
  ])(
    "truncates $text to $longest (special tokens: $framed)",
    ({ framed, text, longest, ids, tokens }) => {
      const around = (framed ? [1, 97, 2] : [97]).map((id) => ({ id, type: 0 }));
      const frame = findFrame(around, [[97]]) ?? [];
      const letters = Array.from(text, (letter) => letter.charCodeAt(0));
      const tokenized = tokenizeText(() => letters, text);
      expect(fillFrame(frame, [tokenized], longest)).toMatchObject({ ids, tokens });
    },
  );
});
