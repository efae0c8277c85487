import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  creationFiles,
  type Example,
  sha256,
  toExamplesJsonl,
  toJsonl,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCreationFiles } from "../src/create/create-examples.ts";
import { toExample } from "./questions.ts";

const toLineage = (depth: number) => ({ request: 0, key: "k", parent: null, depth, chain: 0 });

const rejection = { reason: "no JSON", field: "reply", evidence: "line\nfeed" } as const;

const text = fc.string({ unit: "binary", minLength: 1 });
const example: fc.Arbitrary<Example> = fc
  .record({
    question: text,
    context: fc.option(text),
    options: fc.oneof<fc.Arbitrary<string[]>[]>(
      fc.constant<string[]>(["True", "False"]),
      fc.uniqueArray(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 5 }),
    ),
  })
  .chain((one) => fc.nat({ max: one.options.length - 1 }).map((label) => ({ ...one, label })));

describe("a creation's files", () => {
  it("hold what was kept, line for line, also for their hashes", () => {
    const folder = tempFolder();
    fc.assert(
      fc.property(fc.array(example, { maxLength: 20 }), (examples) => {
        const files = openCreationFiles(folder);
        for (const [depth, one] of examples.entries()) files.keep(one, toLineage(depth));
        const hashes = files.hash();
        files.close();
        const read = (name: string) => readFileSync(join(folder, name), "utf8");
        expect(read(creationFiles.created)).toBe(toExamplesJsonl(examples));
        expect(read(creationFiles.lineage)).toBe(
          toJsonl(examples.map((_, depth) => toLineage(depth))),
        );
        for (const name of Object.values(creationFiles))
          expect(hashes[name]).toBe(sha256(readFileSync(join(folder, name))));
      }),
      { numRuns: 50 },
    );
  });

  it("begin empty, and hold rejections apart", () => {
    const folder = tempFolder();
    for (const name of Object.values(creationFiles)) writeFileSync(join(folder, name), "before\n");
    const files = openCreationFiles(folder);
    files.reject(rejection, toLineage(1));
    files.close();
    expect(readFileSync(join(folder, creationFiles.created), "utf8")).toBe("");
    expect(readFileSync(join(folder, creationFiles.rejected), "utf8")).toBe(
      toJsonl([{ ...toLineage(1), ...rejection }]),
    );
  });

  it("make their folder", () => {
    const folder = join(tempFolder(), "a", "b");
    openCreationFiles(folder).close();
    expect(existsSync(join(folder, creationFiles.created))).toBe(true);
  });

  it("say where nothing can be written", () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    expect(() => openCreationFiles(file)).toThrow(`cannot write in ${file}: `);
  });

  it("say what cannot be written, and hold no part of it", () => {
    const folder = tempFolder();
    const files = openCreationFiles(folder);
    const long = "x".repeat(2 ** 24);
    const attempts = {
      [creationFiles.created]: () => files.keep(toExample(long), toLineage(1)),
      [creationFiles.lineage]: () => files.keep(toExample("?"), { ...toLineage(1), key: long }),
      [creationFiles.rejected]: () => files.reject({ ...rejection, evidence: long }, toLineage(1)),
    };
    for (const [name, attempt] of Object.entries(attempts))
      expect(attempt).toThrow(
        new RegExp(`${name}:[12]: expected a line of at most 16 MB, got a longer one`),
      );
    for (const name of [creationFiles.created, creationFiles.rejected])
      expect(readFileSync(join(folder, name), "utf8")).toBe("");
    files.close();
  });
});
