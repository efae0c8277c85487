import { describe, expect, it } from "vitest";
import type { Embed } from "../src/embed/embed.ts";
import { inParts } from "../src/embed/in-parts.ts";

/** An Embed that notes the parts it is asked for: a text's vector is its number. */
function openNoting(parts: string[][]): Embed {
  return {
    id: "test/1",
    dimensions: 1,
    maxLength: 8,
    async embed(texts, progress) {
      parts.push([...texts]);
      progress?.(Math.floor(texts.length / 2), texts.length);
      return texts.map((text) => ({
        vector: Float32Array.of(Number(text)),
        tokens: text.length,
        kept: text.length,
      }));
    },
    async dispose() {},
  };
}

const numbers = Array.from({ length: 1000 }, (_, i) => String((i * 7) % 600));

describe("inParts", () => {
  it("gives every text its vector, asks for each once, in parts of 512, long ones first", async () => {
    const parts: string[][] = [];
    const embeddings = await inParts(openNoting(parts)).embed(numbers);
    expect(embeddings.map(({ vector }) => String(vector[0]))).toEqual(numbers);
    expect(parts.map(({ length }) => length)).toEqual([512, 88]);
    const asked = parts.flat();
    expect(new Set(asked).size).toBe(600);
    const lengths = asked.map(({ length }) => length);
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
  });

  it("counts texts, upwards, to their number", async () => {
    const told: [number, number][] = [];
    await inParts(openNoting([])).embed(numbers, (...one) => told.push(one));
    const done = told.map(([count]) => count);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(told.at(-1)).toEqual([1000, 1000]);
    expect(told.length).toBeGreaterThan(3);
  });

  it("makes parts of long texts smaller", async () => {
    const parts: string[][] = [];
    const long = Array.from({ length: 10 }, (_, i) => `${i}`.padStart(30_000, "0"));
    const embeddings = await inParts(openNoting(parts)).embed(long);
    expect(parts.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
    expect(embeddings.map(({ vector }) => vector[0])).toEqual(long.map(Number));
  });

  it("has nothing to do with no texts", async () => {
    expect(await inParts(openNoting([])).embed([])).toEqual([]);
  });
});
