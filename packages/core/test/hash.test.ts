import { renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobIdOf, promptFile } from "../src/data/benchmark.ts";
import original from "../src/data/original-files.json" with { type: "json" };
import { gitBlobId, hashFilesOnce, hashValue, sha256 } from "../src/logs/files.ts";
import { benchmarks, readBenchmarksManifest, realFiles } from "./real-benchmarks.ts";

describe("hashes of content", () => {
  it.each([
    ["", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"],
    ["hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"],
    ["\u00e9\n", "c6003325155f475bd7c87731607525dce73be9cf"],
  ])("gitBlobId of %j is what git gives it", (text, id) => {
    expect(gitBlobId(Buffer.from(text))).toBe(id);
  });

  it("sha256 of a text is that of its UTF-8 bytes", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256("\u00e9")).toBe(sha256(Buffer.from([0xc3, 0xa9])));
  });
});

describe.skipIf(!benchmarks)("the original's files (../shared)", () => {
  it("at hand have the ids and sums of the manifest", () => {
    const files = [...realFiles()];
    expect(files.map(({ content }) => gitBlobId(content))).toEqual(
      files.map(({ git_blob_sha1 }) => git_blob_sha1),
    );
    expect(files.map(({ content }) => sha256(content))).toEqual(files.map((file) => file.sha256));
  });

  it("are all thirty known by their blob ids", () => {
    const { files } = readBenchmarksManifest();
    expect(files).toHaveLength(30);
    expect(files.map(({ path }) => blobIdOf(path))).toEqual(
      files.map(({ git_blob_sha1 }) => git_blob_sha1),
    );
  });

  it("are embedded as the manifest has them: source, commit, ids and the prompt", () => {
    const { source, commit, files, prompt } = readBenchmarksManifest();
    expect(original.source).toBe(source);
    expect(original.commit).toBe(commit);
    expect(original.files).toEqual(
      Object.fromEntries(files.map(({ path, git_blob_sha1 }) => [path, git_blob_sha1])),
    );
    expect(promptFile).toEqual({ path: prompt.path, blob: prompt.git_blob_sha1 });
  });
});

it("another file than the original's has no blob id", () => {
  expect(blobIdOf("yesno_open/boolq/validation.jsonl")).toBeNull();
});

/** The same value with every object's keys in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, v]) => [key, reversed(v)] as const);
  return Object.fromEntries(entries.reverse());
}

describe("hashes of files that are read once", () => {
  const write = (path: string, text: string) => {
    writeFileSync(path, text);
    utimesSync(path, 1, 1);
  };

  it.each<[string, (path: string) => void, string]>([
    ["as they were", () => {}, "one"],
    [
      "not read again, where nothing shows that they were written",
      (path) => write(path, "two"),
      "one",
    ],
    ["read again for another size", (path) => write(path, "three"), "three"],
    ["read again for another time", (path) => writeFileSync(path, "two"), "two"],
    [
      "read again for another file in their place",
      (path) => {
        write(`${path}.new`, "two");
        renameSync(`${path}.new`, path);
      },
      "two",
    ],
  ])("are %s", async (_, change, text) => {
    const path = join(tempFolder(), "weights");
    write(path, "one");
    expect(await hashFilesOnce([path])).toBe(sha256("one"));
    change(path);
    expect(await hashFilesOnce([path])).toBe(sha256(text));
  });

  it("are known by their paths and order", async () => {
    const folder = tempFolder({ a: "1", b: "2" });
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    expect(await hashFilesOnce([a, b])).toBe(sha256("12"));
    expect(await hashFilesOnce([b, a])).toBe(sha256("21"));
  });
});

describe("hashValue", () => {
  it("does not depend on the order of keys, at any depth", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(hashValue(reversed(value))).toBe(hashValue(value));
      }),
    );
  });

  it("tells different values apart", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = JSON.stringify([one]) === JSON.stringify([other]);
        fc.pre(!same && JSON.stringify(reversed(one)) !== JSON.stringify(other));
        fc.pre(hashKeys(one) !== hashKeys(other));
        expect(hashValue(one)).not.toBe(hashValue(other));
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: "1" }],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: [] }, { a: {} }],
    [{ a: { b: 1 } }, { b: { a: 1 } }],
    [true, "true"],
  ])("%j is not %j", (one, other) => {
    expect(hashValue(one)).not.toBe(hashValue(other));
  });

  it("takes an undefined value as a missing key", () => {
    expect(hashValue({ a: undefined, b: 1 })).toBe(hashValue({ b: 1 }));
  });
});

/** A second, slow way to a canonical text: sorted lines of path and leaf. */
function hashKeys(value: unknown, path = "$"): string {
  if (value === null || typeof value !== "object") return `${path}=${JSON.stringify(value)}`;
  const kind = Array.isArray(value) ? "[]" : "{}";
  const lines = Object.entries(value).map(([key, v]) =>
    hashKeys(v, `${path}${kind}${JSON.stringify(key)}`),
  );
  return [`${path}${kind}`, ...lines].sort().join("\n");
}
