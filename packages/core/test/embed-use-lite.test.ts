import { part, runScript } from "@seedling/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../src/backend/backend.ts";
import type { Embed } from "../src/embed/encoder.ts";
import { openUseLite, openUseLiteEncoder } from "../src/embed/use-lite.ts";
import { openThreads } from "./encoder-threads.ts";

const force = "wasm";
const alone = { maxLength: 16, threads: 1, workersAfter: 0 };
let embed: Embed;
beforeAll(async () => {
  embed = await openUseLite(await openBackend({ force }), alone);
});
afterAll(() => embed.dispose());

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

async function embedOne(text: string) {
  const [embedding] = await embed.embed([text]);
  if (!embedding) throw new Error("no embedding");
  return embedding;
}

describe("openUseLite", () => {
  it("gives unit vectors of 512 dimensions", async () => {
    expect(embed.dimensions).toBe(512);
    for (const { vector } of await embed.embed(["How do I boil an egg?", "", " ", "日本語 😀"])) {
      expect(vector).toHaveLength(512);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  it("places similar sentences closer than others", async () => {
    const [a, b, c] = await embed.embed([
      "How do I cook an egg?",
      "Ways to boil eggs",
      "The stock market fell today",
    ]);
    if (!a || !b || !c) throw new Error("no embeddings");
    expect(cosine(a.vector, b.vector)).toBeGreaterThan(0.7);
    expect(cosine(a.vector, c.vector)).toBeLessThan(0.2);
  });

  it("truncates around an option", async () => {
    const around = (question: string, option: string, context: string) => ({
      text: question + option + context,
      option: [question.length, question.length + option.length] as const,
    });
    // Words of one token each, of which 16 fit.
    const words = (word: string, n: number) => Array(n).fill(word).join(" ");
    const texts = [
      around(words("good", 30), " time", ` ${words("day", 9)}`),
      around("good", " time", ` ${words("day", 30)}`),
      around("good", " time", " day"),
      around(words("good", 9), ` ${words("time", 9)}`, ""),
    ];
    const vectors = (await embed.embed(texts)).map(({ vector }) => vector);
    const same = await embed.embed([
      `${words("good", 15)} time`,
      `good time ${words("day", 14)}`,
      "good time day",
      `${words("good", 8)} ${words("time", 8)}`,
    ]);
    expect(vectors).toEqual(same.map(({ vector }) => vector));
    expect(same.map(({ tokens }) => tokens)).toEqual([16, 16, 3, 16]);
    expect(texts.map((text) => embed.cutsOption(text))).toEqual([false, false, false, true]);
  });

  it("reads 128 tokens at most, as its graph does", async () => {
    const ids = Int32Array.from({ length: 200 }, (_, at) => 6 + ((at * 37) % 7000));
    const encoder = await openUseLiteEncoder((await openBackend({ force })).tf);
    const whole = await encoder.encode({ ids, rows: 1 });
    expect(await encoder.encode({ ids: ids.slice(0, 128), rows: 1 })).toEqual(whole);
    expect(await encoder.encode({ ids: ids.slice(0, 127), rows: 1 })).not.toEqual(whole);
    await encoder.dispose();
    const long = await openUseLite(await openBackend({ force }), { ...alone, maxLength: 256 });
    expect(long).toMatchObject({ maxLength: 128, id: expect.stringMatching(/^use-lite-1\/256\//) });
    const question = Array(200).fill("story").join(" ");
    const [good, bad] = await long.embed(
      [" good", " bad"].map((option) => ({
        text: question + option,
        option: [question.length, question.length + option.length] as const,
      })),
    );
    await long.dispose();
    expect(good).toMatchObject({ tokens: 201, kept: 128 });
    expect(good?.vector).not.toEqual(bad?.vector);
  });

  it("gives a text the same bytes alone, among others and at the same time as others", async () => {
    const texts = ["a short one", "and one that is quite a bit longer than it", "third", "fourth"];
    const together = await embed.embed(texts);
    expect(await Promise.all(texts.map(embedOne))).toEqual(together);
  });

  it("gives the same bytes on any number of threads", async () => {
    const texts = Array.from({ length: 300 }, (_, i) => `${"very ".repeat(i % 11)}good ${i}`);
    const crowd = await openUseLite(await openBackend({ force }), { ...alone, threads: 3 });
    const expected = await embed.embed(texts);
    expect(await crowd.embed(texts)).toEqual(expected);
    await crowd.dispose();
    const threads = openThreads({ runtime: "use-lite" });
    const encoder = await openUseLiteEncoder((await openBackend({ force })).tf);
    const batch = { ids: Int32Array.of(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16), rows: 3 };
    expect(await threads.encode(batch)).toEqual(await encoder.encode(batch));
    await threads.dispose();
    await encoder.dispose();
  });

  it("counts tokens and cuts at the end", async () => {
    const words = Array.from({ length: 16 }, () => "dog");
    const whole = await embedOne(words.join(" "));
    const longer = await embedOne([...words, "cat", "cat"].join(" "));
    expect(whole).toMatchObject({ tokens: 16, kept: 16 });
    expect(longer).toMatchObject({ tokens: 18, kept: 16 });
    expect(longer.vector).toEqual(whole.vector);
  });

  it("reads one token where no more are wanted", async () => {
    const short = await openUseLite(await openBackend({ force }), { ...alone, maxLength: 1 });
    expect(await short.embed(["dog", "dog cat"])).toMatchObject([
      { tokens: 1, kept: 1 },
      { tokens: 2, kept: 1 },
    ]);
    await short.dispose();
  });

  it("counts all tokens of a long text", async () => {
    expect(await embedOne("word ".repeat(8000))).toMatchObject({ tokens: 8001, kept: 16 });
  });

  it("gives way to timers while it works", async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    await embed.embed(["a", "a a", "a a a", "a a a a", "a a a a a"]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it.skipIf(part("native") === null)("gives the same vectors on native TensorFlow", async () => {
    const text = `
      const { openBackend } = await import("../src/backend/backend.ts");
      const { openUseLite } = await import("../src/embed/use-lite.ts");
      const embed = await openUseLite(await openBackend(), { maxLength: 16, threads: 2, workersAfter: 0 });
      const [{ vector }] = await embed.embed(["How do I boil an egg?"]);
      console.log(JSON.stringify({ id: embed.id, vector: [...vector] }));
    `;
    const { out } = await runScript(text, import.meta.dirname);
    const native: { id: string; vector: number[] } = JSON.parse(out);
    const { vector } = await embedOne("How do I boil an egg?");
    expect(native.id).not.toBe(embed.id);
    for (const [i, value] of native.vector.entries()) expect(vector[i]).toBeCloseTo(value, 6);
  });

  it("reports progress and leaves no tensors", async () => {
    const { tf } = await openBackend({ force });
    const before = tf.memory().numTensors;
    const seen: [number, number][] = [];
    await embed.embed(["a", "a longer b"], (done, total) => seen.push([done, total]));
    expect(seen).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
