import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { checkModelFolder } from "../src/embed/check-folder.ts";

const tokenizer = (changes: object) =>
  JSON.stringify({ model: { vocab: { a: 0, b: 1 }, ...changes } });

describe("a model's folder", () => {
  it("may hold links to files, as the hub's cache does, and whatever is not read", () => {
    const folder = tempFolder({
      "blobs/1": tokenizer({}),
      "snapshot/README.md": "",
      "snapshot/onnx/model.onnx": "x",
    });
    symlinkSync("../blobs/1", join(folder, "snapshot/tokenizer.json"));
    symlinkSync("../blobs/2", join(folder, "snapshot/vocab.txt"));
    symlinkSync("/dev/zero", join(folder, "snapshot/notes"));
    expect(() => checkModelFolder(join(folder, "snapshot"))).not.toThrow();
    expect(() => checkModelFolder(join(folder, "none"))).not.toThrow();
    expect(() => checkModelFolder(join(folder, "blobs/1"))).toThrow("expected a folder in the hub");
  });

  it.skipIf(process.platform === "win32").each<[string, (path: string) => void, string]>([
    ["config.json", (path) => symlinkSync("/dev/zero", path), "expected a file, got a device"],
    ["vocab.txt", (path) => void execFileSync("mkfifo", [path]), "expected a file, got a pipe"],
    ["onnx/model.onnx", (path) => symlinkSync("/dev/zero", path), "expected a file, got a device"],
    ["1_Pooling/config.json", (path) => mkdirSync(path), "expected a file, got a folder"],
    ["model.safetensors", (path) => symlinkSync("/dev", path), "expected a file, got a folder"],
    [
      "tokenizer.json",
      (path) => {
        writeFileSync(path, "");
        truncateSync(path, 2 ** 40);
      },
      "expected at most 64 MB, got 1,048,576 MB",
    ],
  ])("with a %s that is none is refused", (name, put, said) => {
    const folder = tempFolder({ "onnx/x": "", "1_Pooling/x": "" });
    put(join(folder, name));
    expect(() => checkModelFolder(folder)).toThrow(`${join(folder, name)}: ${said}`);
  });

  it.each([
    [
      { vocab: { a: 0, b: 1.5 } },
      'token "b": expected a whole number from 0 to 10000000 as its id, got 1.5',
    ],
    [
      { vocab: { a: -1 } },
      'token "a": expected a whole number from 0 to 10000000 as its id, got -1',
    ],
    [{ vocab: { ["__proto__"]: 1e9 } }, 'token "__proto__": expected a whole number'],
    [{ vocab: { a: "0" } }, 'token "a": expected a whole number'],
    [{ max_input_chars_per_word: 1001 }, "model.max_input_chars_per_word: "],
  ])("with a tokenizer's %j is refused", (changes, said) => {
    const folder = tempFolder({ "tokenizer.json": tokenizer(changes) });
    expect(() => checkModelFolder(folder)).toThrow(`tokenizer.json: ${said}`);
  });

  it("with added tokens beyond all bounds is refused", () => {
    const folder = tempFolder({ "tokenizer.json": '{"added_tokens": [{"id": 1e300}]}' });
    expect(() => checkModelFolder(folder)).toThrow("tokenizer.json: added_tokens.0.id: ");
  });

  it.each([
    { max_input_chars_per_word: 1000 },
    { vocab: [["a", -1.5]] },
    { vocab: { a: 10_000_000 } },
  ])("with a tokenizer's %j is taken", (changes) => {
    const folder = tempFolder({ "tokenizer.json": tokenizer(changes) });
    expect(() => checkModelFolder(folder)).not.toThrow();
  });
});
