import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildScript, startScript } from "@seedling/testing";
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
  expect(names).toEqual(["test_1.vectors-2"]);
  return join(dir, "test_1.vectors-2");
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
    const texts = ["one", "two", "three is longer than eight"];
    const expected = await openCounting([]).embed(texts);
    const first = await ask(dir, texts);
    expect(first).toEqual({ asked: texts, embeddings: expected });
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
    expect((await readdir(dir)).sort()).toEqual(["test_1.vectors-2", "test_2.vectors-2"]);
  });

  it("loses a block that a kill left torn, wherever it was, and nothing after it", async () => {
    const dir = await newFolder();
    await ask(dir, ["one"]);
    const path = await theFile(dir);
    const before = (await readFile(path)).length;
    await ask(dir, ["two", "three"]);
    const whole = await readFile(path);
    for (let kept = before; kept < whole.length; kept++) {
      await writeFile(path, whole.subarray(0, kept));
      const lost = kept < before + 16 + 2 * 16 + 24 ? ["two", "three"] : ["three"];
      expect((await ask(dir, ["one", "two", "three", "four"])).asked).toEqual([...lost, "four"]);
      expect((await ask(dir, ["one", "two", "three", "four"])).asked).toEqual([]);
    }
  });

  it("forgets a damaged record alone", async () => {
    const dir = await newFolder();
    const { embeddings } = await ask(dir, ["one", "two", "three"]);
    const path = await theFile(dir);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 34) ^ 1, bytes.length - 34);
    await writeFile(path, bytes);
    const again = await ask(dir, ["one", "two", "three"]);
    expect(again).toEqual({ asked: ["two"], embeddings });
    expect((await ask(dir, ["one", "two", "three"])).asked).toEqual([]);
  });

  it("forgets the keys of a damaged block, and none of other blocks", async () => {
    const dir = await newFolder();
    await ask(dir, ["one"]);
    const path = await theFile(dir);
    const at = (await readFile(path)).length + 20;
    await ask(dir, ["two"]);
    await ask(dir, ["three"]);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
    expect((await ask(dir, ["one", "two", "three"])).asked).toEqual(["two"]);
  });

  it("reads blocks of any size back, whatever is asked together", async () => {
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
    const first = await withCache(openCounting(asked), dir);
    await ask(dir, ["one"]);
    await first.embed(["two"]);
    await first.embed(["one", "two"]);
    expect(asked).toEqual(["two"]);
    await first.dispose();
  });

  it.each([
    ["another file", "something else\n"],
    ["an empty file", ""],
    ["another id", '{"format":"seedling-vectors-2","id":"test_1","dimensions":3}\n'],
  ])("refuses %s and leaves it as it is", async (_, content) => {
    const dir = await newFolder();
    const path = join(dir, "test_1.vectors-2");
    await writeFile(path, content);
    await expect(withCache(openCounting([]), dir)).rejects.toThrow(
      `embedding cache ${path}: expected its first line to be {"format":"seedling-vectors-2"`,
    );
    expect(await readFile(path, "utf8")).toBe(content);
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
