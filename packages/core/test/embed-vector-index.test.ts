import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { divideThreads } from "../src/embed/divide-threads.ts";
import { openVectorIndex } from "../src/embed/vector-index.ts";

const toKey = (i: number) => createHash("sha256").update(String(i)).digest().subarray(0, 16);

describe("openVectorIndex", () => {
  it("finds the last place of each key, however many there are, also beyond 4 GB", () => {
    const index = openVectorIndex(4);
    const places = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const key = i % 3000;
      const place = 2 ** 33 + i * 1000;
      index.set(toKey(key), place);
      places.set(key, place);
    }
    for (let i = 0; i < 3000; i++) expect(index.find(toKey(i))).toBe(places.get(i));
    expect(index.find(toKey(3000))).toBe(null);
  });

  it("keeps keys apart that meet in a slot, and knows place 0", () => {
    const index = openVectorIndex(4);
    const near = [0, 4, 8].map((low) => {
      const key = Buffer.alloc(16);
      key.writeUInt32LE(low, 4);
      return key;
    });
    for (const [place, key] of near.entries()) index.set(key, place);
    expect(near.map((key) => index.find(key))).toEqual([0, 1, 2]);
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
