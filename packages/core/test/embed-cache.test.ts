import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildScript, startScript } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { withCache } from "../src/embed/cache.ts";
import type { Embed } from "../src/embed/encoder.ts";
import { type EmbedText, toText } from "../src/embed/truncate.ts";

/** An Embed that records what it is asked. */
function openCounting(asked: string[], id = "test/1", dimensions = 3): Embed {
  return {
    id,
    cutsOption: () => false,
    hash: "test",
    dimensions,
    maxLength: 8,
    async embed(texts) {
      asked.push(...texts.map(toText));
      return texts.map(toText).map((text) => ({
        vector: Float32Array.from({ length: dimensions }, (_, i) => text.length / 10 + i),
        tokens: text.length,
        kept: Math.min(8, text.length),
      }));
    },
    async dispose() {},
  };
}

const newFolder = () => mkdtemp(join(tmpdir(), "seedling-cache-"));

/** The files of the one folder of vectors, the oldest first. */
async function listFiles(dir: string): Promise<string[]> {
  const [folder = "", ...others] = await readdir(dir);
  expect(folder).toMatch(/^test_1-[0-9a-f]{8}\.vectors-3$/);
  expect(others).toEqual([]);
  return (await readdir(join(dir, folder))).sort().map((name) => join(dir, folder, name));
}

/** What the cache gives for texts, and which of them it had to ask for. */
async function ask(dir: string, texts: EmbedText[]) {
  const asked: string[] = [];
  const cached = withCache(openCounting(asked), dir);
  const embeddings = await cached.embed(texts);
  await cached.dispose();
  return { asked, embeddings };
}

describe("withCache", () => {
  it("gives what the encoder gives, and asks for each text once, ever", async () => {
    const dir = await newFolder();
    const texts = ["three is longer than eight", "one", "two"];
    const expected = await openCounting([]).embed(texts);
    const first = await ask(dir, texts);
    expect(first).toEqual({ asked: texts, embeddings: expected });
    expect(await ask(dir, texts)).toEqual({ asked: [], embeddings: expected });
    expect((await ask(dir, ["four", "one"])).asked).toEqual(["four"]);
  });

  it("gives a text that fits the same vector with an option in it, and a longer one its own", async () => {
    const dir = await newFolder();
    await ask(dir, ["one two", "one two three"]);
    const around = (text: string): EmbedText => ({ text, option: [4, 7] });
    // Eight letters fit.
    expect((await ask(dir, ["one two", around("one two")])).asked).toEqual([]);
    expect((await ask(dir, [around("one two three")])).asked).toEqual(["one two three"]);
    expect((await ask(dir, [around("one two three"), "one two three"])).asked).toEqual([]);
    const other: EmbedText = { text: "one two three", option: [0, 3] };
    expect((await ask(dir, [other, around("one two three")])).asked).toEqual(["one two three"]);
    // What was encoded with an option serves without, if it fits.
    expect((await ask(dir, [around("six"), other])).asked).toEqual(["six"]);
    expect((await ask(dir, ["six"])).asked).toEqual([]);
  });

  it("counts no more tokens as kept than are read, as earlier versions did", async () => {
    const dir = await newFolder();
    await ask(dir, ["eleven long"]);
    const shorter = withCache({ ...openCounting([]), maxLength: 4 }, dir);
    expect(await shorter.embed(["eleven long"])).toMatchObject([{ tokens: 11, kept: 4 }]);
    await shorter.dispose();
  });

  it("remembers within one opening", async () => {
    const asked: string[] = [];
    const cached = withCache(openCounting(asked), await newFolder());
    const [before] = await cached.embed(["one"]);
    expect(await cached.embed(["one"])).toEqual([before]);
    expect(asked).toEqual(["one"]);
    await cached.dispose();
  });

  it("keeps a folder for each id, however alike they are", async () => {
    const dir = await newFolder();
    await ask(dir, ["one"]);
    for (const [id, dimensions] of [
      ["test/2", 5],
      ["test_1", 7],
    ] as const) {
      const other = withCache(openCounting([], id, dimensions), dir);
      expect((await other.embed(["one"]))[0]?.vector).toHaveLength(dimensions);
      await other.dispose();
    }
    expect(await readdir(dir)).toHaveLength(3);
  });

  it("loses a record that a kill left torn, and nothing else", async () => {
    const dir = await newFolder();
    await ask(dir, ["one"]);
    const [first = ""] = await listFiles(dir);
    await ask(dir, ["two", "three"]);
    const path = (await listFiles(dir)).find((file) => file !== first) ?? "";
    const whole = await readFile(path);
    const recordBytes = whole.length / 2;
    const all = ["one", "two", "three", "four"];
    for (let kept = 0; kept < whole.length; kept++) {
      for (const file of await listFiles(dir)) if (![first, path].includes(file)) await rm(file);
      await writeFile(path, whole.subarray(0, kept));
      const lost = kept < recordBytes ? ["three", "four", "two"] : ["four", "two"];
      expect((await ask(dir, all)).asked).toEqual(lost);
      expect((await ask(dir, all)).asked).toEqual([]);
    }
  });

  it("forgets a damaged record alone", async () => {
    const dir = await newFolder();
    const { embeddings } = await ask(dir, ["one", "two", "three"]);
    const [path = ""] = await listFiles(dir);
    const whole = await readFile(path);
    const recordBytes = whole.length / 3;
    for (let at = recordBytes; at < 2 * recordBytes; at++) {
      for (const file of await listFiles(dir)) if (file !== path) await rm(file);
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      await writeFile(path, bytes);
      const again = await ask(dir, ["one", "two", "three"]);
      expect(again).toEqual({ asked: ["one"], embeddings });
      expect((await ask(dir, ["one", "two", "three"])).asked).toEqual([]);
    }
  });

  it("reads back what was written in any portions, whatever is asked together", async () => {
    const dir = await newFolder();
    const texts = Array.from({ length: 9000 }, (_, i) => "x".repeat(i % 9) + i);
    await ask(dir, texts.slice(0, 8500));
    for (const text of texts.slice(8500, 8600)) await ask(dir, [text]);
    const some = texts.filter((_, i) => i < 8600 && i % 97 === 0).reverse();
    const { asked, embeddings } = await ask(dir, some);
    expect(asked).toEqual([]);
    expect(embeddings).toEqual(await openCounting([]).embed(some));
  });

  it("takes up what another opening has appended, at its own next writing", async () => {
    const dir = await newFolder();
    const asked: string[] = [];
    const first = withCache(openCounting(asked), dir);
    await ask(dir, ["one"]);
    await first.embed(["two"]);
    await first.embed(["one", "two"]);
    expect(asked).toEqual(["two"]);
    await first.dispose();
  });

  it("refuses a folder that it cannot have", async () => {
    const dir = join(await newFolder(), "file");
    await writeFile(dir, "something else");
    expect(() => withCache(openCounting([]), dir)).toThrow(`embedding cache ${dir}`);
    expect(await readFile(dir, "utf8")).toBe("something else");
  });

  it("may be shared by processes that write at once, and loses nothing to kill -9", async () => {
    const dir = await newFolder();
    const writer = await buildScript('import "./cache-writer.ts"', import.meta.dirname);
    const writers = [0, 2000, 4000, 6000].map((offset) => {
      const { child } = startScript(writer, [dir, String(offset)]);
      const said = { written: 0 };
      child.stdout.on("data", (lines: Buffer) => {
        said.written = Number(lines.toString().trim().split("\n").at(-1));
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      return { child, said, ended, offset };
    });
    const killed = writers.slice(1);
    for (const [i, { child, said, ended }] of killed.entries()) {
      while (said.written < 200 * (i + 1) && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill("SIGKILL");
      await ended;
    }
    expect(await writers[0]?.ended).toBe(0);
    const numbers = writers.flatMap(({ said, offset }) =>
      Array.from({ length: said.written }, (_, i) => String(offset + i)),
    );
    expect(numbers.length).toBeGreaterThanOrEqual(2000 + 200 + 400 + 600);
    const { asked, embeddings } = await ask(dir, numbers);
    expect(asked).toEqual([]);
    expect(embeddings.map(({ vector }) => vector[0])).toEqual(numbers.map(Number));
  });
});
