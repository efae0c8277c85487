import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EmbedOne } from "../src/filters/embed-one.ts";
import { toEmbedOne } from "../src/filters/embed-one.ts";
import { openNear } from "../src/filters/near.ts";
import { combineNear, openNearByCosine, toProbes } from "../src/filters/near-cosine.ts";
import { openSignSketch, signBits, toMostDiffering } from "../src/filters/sign-sketch.ts";
import { toExample } from "./questions.ts";

const dimensions = 64;

/** A random unit vector. */
function toVector(...name: (string | number)[]): Float32Array {
  const random = createRandom("vector", ...name);
  return toUnit(Float32Array.from({ length: dimensions }, () => random.normal()));
}

function toUnit(vector: Float32Array): Float32Array {
  return vector.map((value) => value / Math.hypot(...vector));
}

/** A vector of just this cosine with another. */
function toTurned(vector: Float32Array, cosine: number, seed: number): Float32Array {
  const other = toVector("turned", seed);
  const along = other.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
  const across = toUnit(other.map((value, i) => value - along * (vector[i] as number)));
  const sine = Math.sqrt(1 - cosine ** 2);
  return vector.map((value, i) => cosine * value + sine * (across[i] as number));
}

/** `a 7`: a random vector; `a 7 0.9`: one of that cosine with it. */
const embedOne: EmbedOne = async (text) => {
  const [name, number, cosine] = text.split(" ") as [string, string, string?];
  const vector = toVector(name, number);
  return cosine ? toTurned(vector, Number(cosine), Number(number)) : vector;
};

function open(cosine: number, path = join(tempFolder(), "vectors")) {
  const near = openNearByCosine({ cosine, embedOne, path });
  onTestFinished(near.close);
  return near;
}

describe("near duplicates by cosine", () => {
  it.each([0.75, 0.85, 0.9, 0.95])("are found with 0.97 as close as %f", async (cosine) => {
    const near = open(cosine);
    for (let i = 0; i < 2000; i++) await near.add(toExample(`a ${i}`), i + 5);
    let found = 0;
    for (let i = 0; i < 1000; i++) {
      const close = await near.find(toExample(`a ${i} ${cosine + 1e-6}`));
      if (close?.line === i + 5) found += 1;
      if (close) expect(close.similarity).toBeGreaterThanOrEqual(cosine);
    }
    expect(found).toBeGreaterThanOrEqual(955); // 970 expected, three deviations below it
    for (let i = 0; i < 300; i++)
      expect(await near.find(toExample(`a ${i} ${cosine - 1e-3}`))).toBeNull();
  });

  it("are the closest", async () => {
    const near = open(0.8);
    for (const [line, cosine] of ["0.85", "0.95", "0.9"].entries())
      await near.add(toExample(`a 1 ${cosine}`), line);
    const close = await near.find(toExample("a 1"));
    expect(close).toMatchObject({ line: 1, field: "question" });
    expect(close?.similarity).toBeCloseTo(0.95, 6);
  });

  it("encode each question once, and one at a time", async () => {
    const asked: (readonly string[])[] = [];
    const counting = toEmbedOne({
      async embed(texts) {
        asked.push(texts);
        return [{ vector: toVector(...texts), tokens: 1, kept: 1 }];
      },
    });
    const path = join(tempFolder(), "vectors");
    const near = openNearByCosine({ cosine: 0.9, embedOne: counting, path });
    for (const [line, question] of ["a", "b", "c"].entries()) {
      await near.find(toExample(question));
      await near.add(toExample(question), line);
    }
    near.close();
    expect(asked).toEqual([["a"], ["b"], ["c"]]);
  });

  it("leave no file behind", async () => {
    const path = join(tempFolder(), "vectors");
    const near = openNearByCosine({ cosine: 0.9, embedOne, path });
    await near.add(toExample("a 1"), 0);
    expect(existsSync(path)).toBe(true);
    near.close();
    expect(existsSync(path)).toBe(false);
  });

  it("say where vectors cannot be written", async () => {
    expect(() => openNearByCosine({ cosine: 0.9, embedOne, path: "/nowhere/vectors" })).toThrow(
      "cannot write /nowhere/vectors: ",
    );
  });
});

describe("two memories as one", () => {
  it("find what the first finds, else what the second does", async () => {
    const texts = ["a 1", "b 2"];
    const overlap = openNear({ overlap: 0.9, read: (line) => toExample(texts[line] as string) });
    const near = combineNear(overlap, open(0.8));
    for (const [line, text] of texts.entries()) await near.add(toExample(text), line);
    expect(await near.find(toExample("a 1"))).toMatchObject({ line: 0, similarity: 1 });
    const close = await near.find(toExample("b 2 0.9"));
    expect(close?.line).toBe(1);
    expect(close?.similarity).toBeCloseTo(0.9, 6);
    expect(await near.find(toExample("c 3"))).toBeNull();
  });
});

describe("a sketch of signs", () => {
  it.each([0.5, 0.8, 0.95])("differs as the angle does, at cosine %f", (cosine) => {
    const toSketch = openSignSketch(dimensions);
    const bits = (word: number) => word.toString(2).replaceAll("0", "").length;
    let differing = 0;
    let most = 0;
    const pairs = 1000;
    for (let i = 0; i < pairs; i++) {
      const one = toVector("sketch", i);
      const [first, second] = [toSketch(one), toSketch(toTurned(one, cosine, i))];
      const between = first.reduce(
        (sum, word, w) => sum + bits((word ^ (second[w] ?? 0)) >>> 0),
        0,
      );
      differing += between;
      most = Math.max(most, between);
    }
    expect(differing / pairs / signBits).toBeCloseTo(Math.acos(cosine) / Math.PI, 2);
    expect(most).toBeLessThanOrEqual(toMostDiffering(cosine));
  });
});

describe("the probes", () => {
  it.each([
    [0.95, 5, 17],
    [0.9, 10, 17],
    [0.85, 16, 17],
    [0.8, 9, 137],
    [0.5, 16, 137],
    [1, 1, 17],
  ])("at %f: %i slices, %i buckets in each", (cosine, bands, buckets) => {
    const probes = toProbes(cosine);
    expect(probes.bands).toBe(bands);
    expect(new Set(probes.flips).size).toBe(buckets);
  });
});
