import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { parseExample } from "../src/data/example.ts";
import { readOwnTask } from "../src/data/own-task.ts";
import { readExamples } from "../src/data/read-examples.ts";
import { decodeUtf8 } from "../src/logs/files.ts";
import { parseJson } from "../src/logs/json.ts";

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
const latin1 = (text: string) => Buffer.from(text, "latin1");
const line = JSON.stringify({ question: "a", options: ["x", "y"], label: "x" });

const encodings: [what: string, bytes: Uint8Array, found: string | RegExp][] = [
  ["UTF-8", Buffer.from("é 🌱\n"), "é 🌱\n"],
  ["a byte order mark", Buffer.from("\ufeffa"), "a"],
  ["the replacement character itself", Buffer.from("a\ufffdb"), "a\ufffdb"],
  ["nothing", Buffer.alloc(0), ""],
  ["UTF-16", utf16("a\nb"), /^f:1: expected UTF-8, got what looks like UTF-16/],
  ["UTF-16, big end first", utf16("ab").swap16(), /^f:1: .*UTF-16/],
  ["UTF-16 without its mark", Buffer.from("ab", "utf16le"), /^f:1: .*UTF-16/],
  ["UTF-16 of other letters", Buffer.from('{"a":"\u4f60\u597d"}', "utf16le"), /^f:1: .*UTF-16/],
  ["zero bytes in UTF-8", Buffer.from("a\0\0b"), "a\0\0b"],
  ["Latin-1", latin1("a\nb\ncafé\nd"), /^f:3: expected UTF-8, got what looks like Latin-1/],
  ["Latin-1 in the last line", latin1("a\né"), /^f:2: .*Latin-1/],
  ["a compressed file", gzipSync("a"), /^f:1: .*a binary file, such as gzip/],
  ["a letter that is cut", Buffer.from("aé").subarray(0, 2), /^f:1: .*Latin-1/],
];

describe("a file's bytes", () => {
  it.each(encodings)("in %s", (_, bytes, found) => {
    if (typeof found === "string") expect(decodeUtf8(bytes, "f")).toBe(found);
    else expect(() => decodeUtf8(bytes, "f")).toThrow(found);
  });

  it("of examples and of a task's folder are named with file and line where they are not UTF-8", async () => {
    const folder = tempFolder();
    const write = (name: string, bytes: Uint8Array | string) =>
      writeFileSync(join(folder, name), bytes);
    write("train.jsonl", latin1(`${line}\n${line.replace('"a"', '"é"')}\n`));
    await expect(readExamples(join(folder, "train.jsonl"))).rejects.toThrow(
      /train\.jsonl:2: .*Latin-1/,
    );
    write("task.json", utf16('{"options": ["x", "y"]}'));
    write("example.json", line);
    await expect(readOwnTask(folder)).rejects.toThrow(/task\.json:1: .*UTF-16/);
    write("task.json", '{"options": ["x", "y"]}');
    write("example.json", latin1(line.replace('"a"', '"é"')));
    await expect(readOwnTask(folder)).rejects.toThrow(/example\.json:1: .*Latin-1/);
  });

  it("of a task with decomposed letters are read in one form", async () => {
    const folder = tempFolder();
    const decomposed = ["ne\u0301gatif", "positif"];
    writeFileSync(join(folder, "task.json"), JSON.stringify({ options: decomposed }));
    const example = {
      question: "tre\u0300s",
      options: ["n\u00e9gatif", "positif"],
      label: decomposed[0],
    };
    writeFileSync(join(folder, "example.json"), JSON.stringify(example));
    const { labels, own } = await readOwnTask(folder);
    expect(labels).toEqual(["n\u00e9gatif", "positif"]);
    expect(own?.examples).toMatchObject([{ question: "tr\u00e8s", label: 0 }]);
    const twice = JSON.stringify({ options: ["\u00e9", "e\u0301"] });
    writeFileSync(join(folder, "task.json"), twice);
    await expect(readOwnTask(folder)).rejects.toThrow("each once");
  });
});

describe("integers in JSON", () => {
  it.each<[text: string, value: unknown]>([
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["-9007199254740993", "-9007199254740993"],
    ['["9007199254740993", 12345678901234567890]', ["9007199254740993", "12345678901234567890"]],
    [
      '{"1234567890123456789": "a \\" 1234567890123456789"}',
      { "1234567890123456789": 'a " 1234567890123456789' },
    ],
    ["1234567890123456.5", 1234567890123456.5],
    ["12345678901234567890e2", 1.2345678901234568e21],
  ])("%s", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it("keep their digits as options", () => {
    const text =
      '{"question": "a", "options": [9007199254740993, 9007199254740992], "label": 9007199254740993}';
    expect(parseExample(parseJson(text), "f")).toMatchObject({
      options: ["9007199254740993", "9007199254740992"],
      label: 0,
    });
  });

  it("are found in a text of any length", () => {
    const text = "x".repeat(1e7);
    expect(parseJson(`["${text}", 12345678901234567890]`)).toEqual([text, "12345678901234567890"]);
  });

  it("leave an error where JSON has one", () => {
    expect(() => parseJson('{"a": 12345678901234567890')).toThrow(SyntaxError);
  });
});
