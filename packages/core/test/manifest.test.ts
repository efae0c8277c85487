import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readOwnTask } from "../src/data/own-task.ts";
import { writeAtomic } from "../src/logs/files.ts";
import { ExpectedError, LockedError } from "../src/messages/errors.ts";
import { endings, isDone, readFailure, readManifest, writeEnding } from "../src/runs/manifest.ts";

describe("writeAtomic", () => {
  it("writes texts and bytes, into folders that it makes, and leaves nothing beside them", () => {
    const folder = join(tempFolder(), "a/b");
    writeAtomic(join(folder, "text"), "caf\u00e9\n");
    writeAtomic(join(folder, "bytes"), new Uint8Array([0, 255]));
    expect(readFileSync(join(folder, "text"), "utf8")).toBe("caf\u00e9\n");
    expect([...readFileSync(join(folder, "bytes"))]).toEqual([0, 255]);
    expect(readdirSync(folder).sort()).toEqual(["bytes", "text"]);
  });

  it("replaces what was there, whole", () => {
    const path = join(tempFolder({ file: "a much longer text than the new one" }), "file");
    writeAtomic(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it("fails without touching what was there, and leaves no part of it", () => {
    const folder = tempFolder({ "taken/inside": "kept" });
    const write = () => writeAtomic(join(folder, "taken"), "new");
    expect(write).toThrow(ExpectedError);
    expect(readFileSync(join(folder, "taken/inside"), "utf8")).toBe("kept");
    expect(readdirSync(folder)).toEqual(["taken"]);
  });

  it.each([
    ["is a file's", "taken/inside/file"],
    ["is a file's, one above", "taken/file"],
  ])("says which path cannot be written where a folder %s", (_, below) => {
    const path = join(tempFolder({ taken: "" }), below);
    expect(() => writeAtomic(path, "x")).toThrow(ExpectedError);
    expect(() => writeAtomic(path, "x")).toThrow(`cannot write ${path}: `);
  });

  it("says which path in a read-only folder", () => {
    const folder = tempFolder();
    chmodSync(folder, 0o555);
    const path = join(folder, "manifest.json");
    const root = process.getuid?.() === 0;
    // Root may write anywhere: for this it becomes nobody.
    if (root) process.seteuid?.(65534);
    try {
      expect(() => writeAtomic(path, "x")).toThrow(ExpectedError);
      expect(() => writeAtomic(path, "x")).toThrow(`cannot write ${path}: `);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});

describe("how a stage ended", () => {
  type Ending = keyof typeof endings;

  it.each<[Ending[], string[]]>([
    [["done"], ["manifest.json"]],
    [["partial"], ["partial.json"]],
    [["failed"], ["failed.json"]],
    [["partial", "done"], ["manifest.json"]],
    [["failed", "done"], ["manifest.json"]],
    [["partial", "failed", "done"], ["manifest.json"]],
    [["done", "partial"], ["partial.json"]],
    [["failed", "partial"], ["partial.json"]],
    [["done", "failed"], ["failed.json"]],
    [
      ["partial", "failed"],
      ["failed.json", "partial.json"],
    ],
    [["done", "done"], ["manifest.json"]],
  ])("after %j stands in %j", (order, files) => {
    const folder = join(tempFolder(), "run");
    for (const ending of order) writeEnding(folder, ending, { ending });
    expect(readdirSync(folder).sort()).toEqual(files);
  });

  it("never leaves done beside anything else, whatever came before", () => {
    const all: Ending[] = ["done", "partial", "failed"];
    for (const a of all)
      for (const b of all)
        for (const c of all) {
          const folder = tempFolder();
          for (const ending of [a, b, c]) writeEnding(folder, ending, {});
          const left = readdirSync(folder);
          expect(left).toContain(endings[c]);
          if (left.includes(endings.done)) expect(left).toEqual([endings.done]);
        }
  });

  it("keeps the folder's other files", () => {
    const folder = tempFolder({ "created.jsonl": "x" });
    writeEnding(folder, "done", {});
    expect(existsSync(join(folder, "created.jsonl"))).toBe(true);
  });
});

describe("a stage is done", () => {
  const schema = z.object({ inputs: z.record(z.string(), z.string()) });

  it.each<[string, keyof typeof endings | null, Record<string, string>, boolean]>([
    ["from these very inputs", "done", { a: "1", b: "2" }, true],
    ["whatever their order", "done", { b: "2", a: "1" }, true],
    ["not from another input", "done", { a: "1", b: "3" }, false],
    ["where an earlier version did not name an input", "done", { a: "1", b: "2", c: "3" }, true],
    ["where an input is not known now", "done", { a: "1" }, true],
    ["not from another input among unknown ones", "done", { b: "3", c: "3" }, false],
    ["not if it stopped before its end", "partial", { a: "1", b: "2" }, false],
    ["not if it never ran", null, { a: "1", b: "2" }, false],
  ])("%s", async (_, ending, inputs, done) => {
    const folder = tempFolder();
    if (ending) writeEnding(folder, ending, { inputs: { a: "1", b: "2" } });
    expect(await isDone(folder, schema, inputs, { name: "a benchmark" })).toBe(done);
  });

  /** A task's folder in another, with the name of it. */
  function writeTask(files: Record<string, string> = {}): string {
    const example = { question: "Is it?", context: null, options: ["yes", "no"], label: "yes" };
    const home = tempFolder(
      Object.fromEntries(
        Object.entries({
          "task.json": '{"options":["yes","no"]}',
          "example.json": JSON.stringify(example),
          ...files,
        }).map(([name, text]) => [`reviews/${name}`, text]),
      ),
    );
    return join(home, "reviews");
  }

  const placed = schema.extend({ taskFolder: z.string().optional() });

  it.each<[string, () => string, { a: string }, boolean | RegExp]>([
    [
      "refuses another folder of its name",
      writeTask,
      { a: "2" },
      /^.*: made of .*reviews, a folder of the same name, example and labels as .*reviews, which would overwrite it: give one of the two a "name" of its own in task.json/,
    ],
    ["finds the same data in another folder done", writeTask, { a: "1" }, true],
    [
      "takes another name for another task",
      () => writeTask({ "task.json": '{"options":["yes","no"],"name":"other"}' }),
      { a: "2" },
      false,
    ],
    [
      "takes other labels for another task",
      () => writeTask({ "task.json": '{"options":["yes","no"],"instruction":"Be kind."}' }),
      { a: "2" },
      false,
    ],
    [
      "takes a folder that is gone for the same, moved",
      () => "/nowhere/reviews",
      { a: "2" },
      false,
    ],
    [
      "takes what is no task's folder any more for gone",
      () => writeTask({ "task.json": "" }),
      { a: "2" },
      false,
    ],
  ])("%s", async (_, toMade, inputs, done) => {
    const [folder, task] = [tempFolder(), await readOwnTask(writeTask())];
    writeEnding(folder, "done", { inputs: { a: "1" }, taskFolder: toMade() });
    const found = isDone(folder, placed, inputs, task);
    if (typeof done === "boolean") return expect(await found).toBe(done);
    const error = await found.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LockedError);
    expect(String((error as Error).message)).toMatch(done);
  });

  it("takes a folder by a link for the same, and one of changed data anew", async () => {
    const [folder, task] = [tempFolder(), await readOwnTask(writeTask())];
    const link = join(tempFolder(), "reviews");
    symlinkSync(task.folder ?? "", link);
    writeEnding(folder, "done", { inputs: { a: "1" }, taskFolder: link });
    expect(await isDone(folder, placed, { a: "2" }, task)).toBe(false);
  });
});

describe("readManifest", () => {
  const schema = z.object({ version: z.literal(1), kept: z.number() });

  it("gives what was written, and null where nothing was", async () => {
    const folder = tempFolder();
    const path = join(folder, endings.done);
    expect(await readManifest(path, schema)).toBeNull();
    writeEnding(folder, "done", { version: 1, kept: 40 });
    expect(await readManifest(path, schema)).toEqual({ version: 1, kept: 40 });
  });

  it.each<[string, string, RegExp]>([
    [
      "is empty",
      "",
      /: unreadable: expected JSON, got ""; remove the file to run this stage again$/,
    ],
    [
      "is cut",
      '{"version": 1, "ke',
      /: unreadable: expected JSON, got "\{\\"version.*; remove the/,
    ],
    [
      "is of another version",
      '{"version": 2, "kept": 1}',
      /: version: .*expected 1, got 2; remove/,
    ],
    [
      "lacks a value",
      '{"version": 1}',
      /: kept: .*expected number, received nothing, got nothing; remove/,
    ],
    ["is null", "null", /unreadable: the file: .*expected object, received null.*; remove/],
    ["was edited", '{"version": 1, "kept": 1, "hash": "0"}', /: changed: it is not as .*; remove/],
  ])("a file that %s is refused with its path and what to do", async (_, text, expected) => {
    const path = join(tempFolder({ "manifest.json": text }), "manifest.json");
    const reading = readManifest(path, schema);
    await expect(reading).rejects.toThrow(ExpectedError);
    await expect(readManifest(path, schema)).rejects.toThrow(expected);
    await expect(readManifest(path, schema)).rejects.toThrow(path);
  });

  it("takes whatever was written, in another layout too, and nothing else of it", async () => {
    const folder = tempFolder();
    const path = join(folder, endings.done);
    const whole = z.looseObject({});
    const value = { a: [1, null, { b: -0.5e-9 }], left: undefined, text: "é\n", deep: { x: [[]] } };
    writeEnding(folder, "done", value);
    const written = JSON.parse(readFileSync(path, "utf8"));
    expect(written.hash).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(path, JSON.stringify(written));
    expect(await readManifest(path, whole)).toEqual({ ...value, hash: written.hash });
    for (const change of [{ text: "e" }, { a: [1, null, {}] }, { left: 1 }, { deep: undefined }]) {
      writeFileSync(path, JSON.stringify({ ...written, ...change }));
      await expect(readManifest(path, whole)).rejects.toThrow("changed: ");
    }
    writeFileSync(path, JSON.stringify({ ...written, hash: undefined, text: "earlier" }));
    expect(await readManifest(path, whole)).toMatchObject({ text: "earlier" });
  });

  it("readFailure gives the error of a failed stage, and null for another", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "run"));
    expect(await readFailure(join(folder, "run"))).toBeNull();
    writeEnding(folder, "failed", { error: "no server", at: "2026-11-22" });
    expect(await readFailure(folder)).toBe("no server");
    writeFileSync(join(folder, endings.failed), "{}");
    await expect(readFailure(folder)).rejects.toThrow(
      `${join(folder, endings.failed)}: unreadable: error: `,
    );
  });
});
