import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withCache } from "../src/embed/cache.ts";
import type { Embed } from "../src/embed/embed.ts";

/** An Embed that records what it is asked. */
function openCounting(asked: string[], id = "test/1", dimensions = 3): Embed {
  return {
    id,
    dimensions,
    maxLength: 8,
    async embed(texts) {
      asked.push(...texts);
      return texts.map((text) => ({
        vector: Float32Array.from({ length: dimensions }, (_, i) => text.length / 10 + i),
        tokens: text.length,
        kept: Math.min(8, text.length),
      }));
    },
    async dispose() {},
  };
}

const newFolder = () => mkdtemp(join(tmpdir(), "seedling-cache-"));

async function theFile(dir: string): Promise<string> {
  const names = await readdir(dir);
  expect(names).toEqual(["test_1.vectors"]);
  return join(dir, "test_1.vectors");
}

/** What the cache gives for texts, and which of them it had to ask for. */
async function ask(dir: string, texts: string[]) {
  const asked: string[] = [];
  const cached = await withCache(openCounting(asked), dir);
  const embeddings = await cached.embed(texts);
  await cached.dispose();
  return { asked, embeddings };
}

describe("withCache", () => {
  it("gives what the encoder gives, and asks for each text once, ever", async () => {
    const dir = await newFolder();
    const texts = ["one", "two", "one", "three is longer than eight"];
    const expected = await openCounting([]).embed(texts);
    const first = await ask(dir, texts);
    expect(first).toEqual({ asked: ["one", "two", texts[3]], embeddings: expected });
    expect(await ask(dir, texts)).toEqual({ asked: [], embeddings: expected });
    expect((await ask(dir, ["four", "one"])).asked).toEqual(["four"]);
  });

  it("remembers within one opening", async () => {
    const asked: string[] = [];
    const cached = await withCache(openCounting(asked), await newFolder());
    const [before] = await cached.embed(["one"]);
    expect(await cached.embed(["one"])).toEqual([before]);
    expect(asked).toEqual(["one"]);
    await cached.dispose();
  });

  it("keeps a file for each id", async () => {
    const dir = await newFolder();
    await ask(dir, ["one"]);
    const other = await withCache(openCounting([], "test/2", 5), dir);
    expect((await other.embed(["one"]))[0]?.vector).toHaveLength(5);
    await other.dispose();
    expect((await readdir(dir)).sort()).toEqual(["test_1.vectors", "test_2.vectors"]);
  });

  it("cuts off a record that a kill left half written, wherever it was", async () => {
    const dir = await newFolder();
    await ask(dir, ["one", "two"]);
    const path = await theFile(dir);
    const whole = await readFile(path);
    const recordBytes = 16 + 8 + 3 * 4 + 4;
    for (let lost = 1; lost < recordBytes; lost++) {
      await writeFile(path, whole);
      await truncate(path, whole.length - lost);
      expect((await ask(dir, ["one", "two"])).asked).toEqual(["two"]);
      expect(await readFile(path)).toEqual(whole);
    }
  });

  it("forgets a damaged record and all after it", async () => {
    const dir = await newFolder();
    const { embeddings } = await ask(dir, ["one", "two", "three"]);
    const path = await theFile(dir);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 50) ^ 1, bytes.length - 50);
    await writeFile(path, bytes);
    const again = await ask(dir, ["one", "two", "three"]);
    expect(again).toEqual({ asked: ["two", "three"], embeddings });
  });

  it.each([
    ["another file", "something else\n"],
    ["an empty file", ""],
    ["another id", '{"format":"seedling-vectors-1","id":"test_1","dimensions":3}\n'],
  ])("refuses %s and leaves it as it is", async (_, content) => {
    const dir = await newFolder();
    const path = join(dir, "test_1.vectors");
    await writeFile(path, content);
    await expect(withCache(openCounting([]), dir)).rejects.toThrow(
      `embedding cache ${path}: expected its first line to be {"format":"seedling-vectors-1"`,
    );
    expect(await readFile(path, "utf8")).toBe(content);
  });

  it("may be shared by processes that write at once", async () => {
    const dir = await newFolder();
    const text = (offset: number) => `
      const { withCache } = await import(${JSON.stringify(join(import.meta.dirname, "../src/embed/cache.ts"))});
      const embed = async (texts) => texts.map((t) => ({ vector: new Float32Array(3).fill(Number(t)), tokens: 1, kept: 1 }));
      const cached = await withCache({ id: "test/1", dimensions: 3, maxLength: 8, embed, dispose: async () => {} }, ${JSON.stringify(dir)});
      await cached.embed(Array.from({ length: 500 }, (_, i) => String(${offset} + i)));
    `;
    const run = promisify(execFile);
    const args = (offset: number) => [
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      text(offset),
    ];
    await Promise.all(
      [0, 250, 500].map((offset) =>
        run(process.execPath, args(offset), { cwd: import.meta.dirname }),
      ),
    );
    const numbers = Array.from({ length: 1000 }, (_, i) => String(i));
    const { asked, embeddings } = await ask(dir, numbers);
    expect(asked).toEqual([]);
    expect(embeddings.map(({ vector }) => vector[0])).toEqual(numbers.map(Number));
  });
});
