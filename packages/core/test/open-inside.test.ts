import { execFileSync } from "node:child_process";
import { closeSync, existsSync, readFileSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { listInside, makeInside, removeInside, walkInside } from "../src/logs/folders.ts";
import { openFollowed, openInside, readFollowed, readInside } from "../src/logs/open-inside.ts";
import { isFolder } from "../src/logs/paths.ts";
import { addRoot, joinInside } from "../src/logs/roots.ts";
import { ExpectedError } from "../src/messages/errors.ts";

/** A results folder that a stranger made, and beside it what is a person's own. */
function createFolders() {
  const base = tempFolder({ "own/start": "mine", "results/a/b/file": "text" });
  const results = join(base, "results");
  const at = (path: string) => join(base, path);
  symlinkSync("../../../own/start", at("results/a/b/linked"));
  symlinkSync("../../../own/absent", at("results/a/b/dangling"));
  symlinkSync("../own", at("results/elsewhere"));
  symlinkSync("/dev/zero", at("results/a/b/zero"));
  symlinkSync("../a", at("results/a/inside"));
  execFileSync("mkfifo", [at("results/a/b/pipe")]);
  return { results, at };
}

describe.skipIf(process.platform === "win32")("a file below a root", () => {
  const refused: [path: string, sentence: RegExp][] = [
    ["results/a/b/linked", /linked: expected a file, got a link to .*own\/start; --follow-links/],
    ["results/a/b/dangling", /expected a file, got a link to .*absent/],
    ["results/a/b/zero", /expected a file, got a link to \/dev\/zero/],
    ["results/a/b/pipe", /expected a file, got a pipe/],
    ["results/a/b", /expected a file, got a folder/],
    ["results/elsewhere/start", /elsewhere: expected a folder in .*results, but it leads to .*own/],
  ];
  test.each(refused)("%s is refused, to be read and to be written", (path, sentence) => {
    const { results, at } = createFolders();
    addRoot(results);
    for (const mode of ["read", "append", "empty", "create"] as const)
      expect(() => openInside(at(path), mode)).toThrow(sentence);
    expect(readFileSync(at("own/start"), "utf8")).toBe("mine");
  });

  test("is read whole, at most so many bytes", () => {
    const { results, at } = createFolders();
    addRoot(results);
    expect(readInside(at("results/a/b/file")).toString()).toBe("text");
    // A file of holes takes no room on the disk.
    truncateSync(at("results/a/b/file"), 2 ** 40);
    expect(() => readInside(at("results/a/b/file"))).toThrow(
      "expected at most 64 MB, got 1,048,576 MB",
    );
    expect(() => readInside(at("results/a/b/none"))).toThrow("ENOENT");
  });

  test("may lie behind links where these are followed, and must be a file all the same", () => {
    const { results, at } = createFolders();
    addRoot(results, { followLinks: true });
    expect(readInside(at("results/a/b/linked")).toString()).toBe("mine");
    expect(readInside(at("results/elsewhere/start")).toString()).toBe("mine");
    expect(() => readInside(at("results/a/b/zero"))).toThrow("expected a file, got a device");
    expect(() => readInside(at("results/a/b/pipe"))).toThrow("expected a file, got a pipe");
    expect(walkInside(results)).toEqual(["a/b/file", "a/b/linked", "elsewhere/start"]);
  });

  test("of a root that is a link itself, or that links lead to within", () => {
    const { results, at } = createFolders();
    symlinkSync(results, at("named"));
    addRoot(at("named"));
    expect(readInside(at("named/a/b/file")).toString()).toBe("text");
    expect(readInside(at("named/a/inside/b/file")).toString()).toBe("text");
    expect(() => readInside(at("named/elsewhere/start"))).toThrow("leads to");
  });

  test("has its own folder as a root where none was named", () => {
    const { at } = createFolders();
    expect(readInside(at("results/elsewhere/start")).toString()).toBe("mine");
    expect(() => readInside(at("results/a/b/linked"))).toThrow("got a link to");
  });

  test("is neither made nor removed elsewhere", () => {
    const { results, at } = createFolders();
    addRoot(results);
    expect(() => makeInside(at("results/elsewhere/x/y"))).toThrow("leads to");
    expect(() => removeInside(at("results/elsewhere/start"))).toThrow("leads to");
    expect(existsSync(at("own/x"))).toBe(false);
    expect(() => makeInside(at("results/a/b/file/x"))).toThrow("EEXIST");
    removeInside(at("results/elsewhere"));
    removeInside(at("results/a/b/linked"));
    expect(readFileSync(at("own/start"), "utf8")).toBe("mine");
    makeInside(at("results/new/folder"));
    closeSync(openInside(at("results/new/folder/file"), "create"));
    expect(existsSync(at("results/new/folder/file"))).toBe(true);
  });

  test("is listed; what is none is named", () => {
    const { results, at } = createFolders();
    addRoot(results);
    const { files, others } = listInside(at("results/a/b"));
    expect(files).toEqual(["file"]);
    expect(others.map(({ name, why }) => [name, /got (.*?)(;|$)/.exec(why)?.[1]])).toEqual([
      ["dangling", "a link to ../../../own/absent"],
      ["linked", "a link to ../../../own/start"],
      ["pipe", "a pipe"],
      ["zero", "a link to /dev/zero"],
    ]);
    const names: string[] = [];
    expect(walkInside(results, ({ name }) => names.push(name))).toEqual(["a/b/file"]);
    expect(names).toEqual(expect.arrayContaining(["elsewhere", "a/inside", "a/b/pipe"]));
    expect(listInside(at("results/none"))).toEqual({ files: [], folders: [], others: [] });
  });
});

test.skipIf(process.platform === "win32")(
  "a loop of links, and what is below a file, is a sentence",
  () => {
    const { results, at } = createFolders();
    symlinkSync("loop", at("results/loop"));
    addRoot(results, { followLinks: true });
    const why = expect.stringContaining("cannot read");
    expect(listInside(results).others).toEqual([{ name: "loop", why }]);
    expect(() => openFollowed(at("results/loop"))).toThrow(ExpectedError);
    for (const path of [at("results/loop"), at("results/a/b/file/x"), `/${"a".repeat(300)}`])
      expect(isFolder(path)).toBe(false);
  },
);

test("folders are looked through a hundred deep, in little time", () => {
  const results = tempFolder({ [`${"d/".repeat(99)}file`]: "", [`${"e/".repeat(1500)}file`]: "" });
  addRoot(results);
  const refused: string[] = [];
  expect(walkInside(results, ({ why }) => refused.push(why))).toEqual([`${"d/".repeat(99)}file`]);
  expect(refused).toEqual(["expected folders nested at most 100 deep"]);
});

test.skipIf(process.platform !== "linux")(
  "nothing is made below /proc, and no one waits for it",
  () => {
    expect(() => makeInside("/proc/no/such/folder")).toThrow("ENOENT");
  },
);

test.skipIf(process.platform === "win32")("what a person names may be a link to a file", () => {
  const { at } = createFolders();
  expect(readFollowed(at("results/a/b/linked")).toString()).toBe("mine");
  expect(() => openFollowed(at("results/a/b/zero"))).toThrow("expected a file, got a device");
  expect(() => openFollowed(at("results/a/b/pipe"))).toThrow("expected a file, got a pipe");
  expect(() => openFollowed(at("results"))).toThrow("expected a file, got a folder");
});

test("a name that stands in a file leads nowhere else", () => {
  expect(joinInside("/folder", "created.jsonl")).toBe(join("/folder", "created.jsonl"));
  expect(joinInside("/folder", "classifier/x")).toBe(join("/folder", "classifier", "x"));
  for (const name of ["../x", "/etc/passwd", "a/../../x", "", ".", "..", "x\0"])
    expect(() => joinInside("/folder", name)).toThrow("expected the name of a file in it");
});
