import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { readExamples } from "../src/data/read-examples.ts";
import { createBlobHash, gitBlobId, sha256 } from "../src/logs/files.ts";
import { linesInside } from "../src/logs/lines.ts";

let file: string;
beforeEach(() => {
  file = join(tempFolder(), "f.jsonl");
});
const piece = 2 ** 20;
const toLine = (options: unknown[], label: unknown, question = "a") =>
  JSON.stringify({ question, options, label });

describe("linesInside", () => {
  it.each([
    ["nothing", "", []],
    ["a last line without its line feed", "a\nb", ["1 a", "2 b cut"]],
    ["line feeds alone", "a\r\n\nb\u2028c\u0085\n", ["1 a\r", "2 ", "3 b\u2028c\u0085"]],
  ])("%s", (_, text, lines) => {
    writeFileSync(file, text);
    const read = [...linesInside(file)].map(
      ({ bytes, number, whole }) => `${number} ${bytes}${whole ? "" : " cut"}`,
    );
    expect(read).toEqual(lines);
  });

  it.each(["é", "日", "🌱"])("joins a %s that lies across the pieces that are read", (letter) => {
    const size = Buffer.byteLength(letter);
    for (let before = 1; before < size; before++) {
      const first = "a".repeat(piece - 2 - before);
      const bytes = Buffer.from([first, `"${letter}"`, letter.repeat(piece), "b"].join("\n"));
      expect(bytes.subarray(piece - before, piece - before + size).toString()).toBe(letter);
      writeFileSync(file, bytes);
      // By its hash: the difference of texts so long would take minutes to print.
      const read = Array.from(linesInside(file), (line) => line.bytes.toString());
      expect(sha256(read.join("\n"))).toBe(sha256(bytes));
    }
  });

  it("shows all bytes as it goes", () => {
    const bytes = Buffer.from(`${"x".repeat(1000)}\n\n`.repeat(5000));
    writeFileSync(file, bytes);
    const hashes = [createHash("sha256"), createBlobHash(bytes.length)];
    const see = (one: Uint8Array) => hashes.map((hash) => hash.update(one));
    expect([...linesInside(file, see)]).toHaveLength(10_000);
    expect(hashes.map((hash) => hash.digest("hex"))).toEqual([sha256(bytes), gitBlobId(bytes)]);
  });
});

describe("readExamples", () => {
  it("shares the options of examples that have the same", async () => {
    const labels = Array.from({ length: 100 }, (_, i) => `label ${i}`);
    const lines = [
      toLine(labels, "label 3"),
      toLine(labels, "label 99"),
      toLine([true, false], true),
      toLine(["True", false], "False"),
    ];
    writeFileSync(file, `\ufeff${lines.join("\n \n")}`);
    const [one, two, three, four] = await readExamples(file);
    expect(two?.options).toBe(one?.options);
    expect([one?.label, two?.label]).toEqual([3, 99]);
    expect(three).toMatchObject({ options: ["True", "False"], label: 0 });
    expect(four).toMatchObject({ options: ["True", "False"], label: 1 });
  });

  it("checks all else of each", async () => {
    const good = toLine(["a", "b"], "a");
    for (const [bad, why] of [
      [toLine(["a", "b"], "c"), 'expected a label among the options ["a", "b"], got "c"'],
      [toLine(["a", "b"], "a", ""), "question"],
      [toLine([], "a"), "options"],
    ] as const) {
      writeFileSync(file, `${good}\n${bad}\n`);
      await expect(readExamples(file)).rejects.toThrow(why);
    }
  });

  it("names the line that is too long, or not UTF-8, in any piece", async () => {
    const line = `${toLine(["a", "b"], "a", "x".repeat(1e6))}\n`;
    writeFileSync(file, line.repeat(7) + toLine(["a", "b"], "a", "x".repeat(2 ** 24)));
    await expect(readExamples(file)).rejects.toThrow(
      `${file}:8: expected a line of at most 16 MB, got a longer one`,
    );
    writeFileSync(file, Buffer.from(`${line.repeat(5)}é`, "latin1"));
    await expect(readExamples(file)).rejects.toThrow(`${file}:6: expected UTF-8`);
    writeFileSync(file, line.repeat(5));
    const examples = await readExamples(file);
    expect(examples.map(({ question }) => question.length)).toEqual(Array(5).fill(1e6));
  });
});
