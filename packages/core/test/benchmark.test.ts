import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { noNetwork, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { type DataFolder, hasSplit, isAbsentPartner, loadSplit } from "../src/data/benchmark.ts";
import { toAnswer } from "../src/data/example.ts";
import { type Task, taskNamed } from "../src/data/tasks.ts";
import { projectFolders } from "../src/logs/paths.ts";
import { ExpectedError, toMessage } from "../src/messages/errors.ts";
import { benchmarks, readBenchmarksManifest } from "./real-benchmarks.ts";

const winogrande = taskNamed("mcqa_2/winogrande");
const row = '{"question": "q _", "context": null, "options": ["a", "b"], "label": "b"}\n';

const noDependencies = { fetch: noNetwork, log: () => {} };

function at(root: string, changed: Partial<DataFolder> = {}): DataFolder {
  return { kind: "benchmark", root, download: false, ...changed };
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return toMessage(error);
}

describe("a split that is at hand", () => {
  it("is loaded without a download, even where one would be allowed", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    for (const allowed of [false, true]) {
      const place = at(root, { download: allowed });
      const split = await loadSplit(winogrande, "test", place, noDependencies);
      expect(split.examples.map(toAnswer)).toEqual(["b"]);
      expect(split.path).toBe(join(root, "mcqa_2/winogrande/test.jsonl"));
      expect(split.sha256).toBe(createHash("sha256").update(row).digest("hex"));
    }
  });

  it.each(["benchmark", "sample"] as const)("is called what its place is: %s", async (kind) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    const split = await loadSplit(winogrande, "test", at(root, { kind }), noDependencies);
    expect(split).toMatchObject({ kind, verified: false });
  });

  it("of a user's folder is the user's own, and never verified", async () => {
    const folder = tempFolder({ "test.jsonl": row });
    const task: Task = { ...winogrande, name: folder, trainSize: null, partners: [], folder };
    const split = await loadSplit(task, "test", at("/nowhere"), noDependencies);
    expect(split).toMatchObject({ kind: "own", verified: false, path: `${folder}/test.jsonl` });
  });

  it("that is damaged is an error with path and line", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": `${row}{}\n` });
    expect(await messageOf(loadSplit(winogrande, "test", at(root), noDependencies))).toMatch(
      `${root}/mcqa_2/winogrande/test.jsonl:2: expected {"question"`,
    );
  });

  it.each([
    ["empty", ""],
    ["blank", "\n \n"],
  ])("that is %s is an error, not a split of nothing", async (_, text) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": text });
    expect(await messageOf(loadSplit(winogrande, "test", at(root), noDependencies))).toBe(
      `${root}/mcqa_2/winogrande/test.jsonl: expected at least one example`,
    );
  });

  it.skipIf(!benchmarks)(
    "is verified if it is the original's, byte for byte (../shared)",
    async () => {
      const path = "mcqa_2/winogrande/test.jsonl";
      const real = readFileSync(join(benchmarks as string, path), "utf8");
      const load = (text: string) =>
        loadSplit(winogrande, "test", at(tempFolder({ [path]: text })), noDependencies);
      expect(await load(real)).toMatchObject({ verified: true });
      expect(await load(real.replace("Sarah", "Sara"))).toMatchObject({ verified: false });
      expect(await load(`${real}\n`)).toMatchObject({ verified: false });
      const { examples = 0 } =
        readBenchmarksManifest().files.find((file) => file.path === path) ?? {};
      expect((await load(real)).examples).toHaveLength(examples);
    },
  );
});

describe("a split that is missing", () => {
  it("is an error that says where it was expected, if nothing may be downloaded", async () => {
    const root = tempFolder();
    expect(await messageOf(loadSplit(winogrande, "train", at(root), noDependencies))).toBe(
      `expected the train split of mcqa_2/winogrande at ${root}/mcqa_2/winogrande/train.jsonl`,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it("of a user's folder is never downloaded", async () => {
    const folder = tempFolder();
    const task: Task = { ...winogrande, folder };
    const place = at(tempFolder(), { download: true });
    expect(await messageOf(loadSplit(task, "test", place, noDependencies))).toContain(
      `at ${folder}/test.jsonl`,
    );
  });

  it.each([
    ["there, no download", winogrande, "test", false, true],
    ["missing, no download", winogrande, "train", false, false],
    ["missing, download", winogrande, "train", true, true],
    ["missing in a user's folder", { ...winogrande, folder: "/nowhere" }, "test", true, false],
    ["missing, and not the original's", { ...winogrande, name: "mcqa_2/own" }, "dev", true, false],
  ] as const)("hasSplit: %s", async (_, task, split, allowed, has) => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    expect(await hasSplit(task, split, at(root, { download: allowed }))).toBe(has);
  });

  it("of a partner is absent only where a user's folder lacks it; other tests are not passed over", async () => {
    const root = tempFolder({ "mcqa_2/winogrande/test.jsonl": row });
    const piqa = taskNamed("mcqa_2/piqa");
    expect(await isAbsentPartner(winogrande, piqa, at(root))).toBe(true);
    expect(await isAbsentPartner(winogrande, piqa, at(root, { download: true }))).toBe(false);
    expect(await isAbsentPartner(piqa, winogrande, at(root))).toBe(false);
    expect(await isAbsentPartner(winogrande, winogrande, at(root))).toBe(false);
    expect(await isAbsentPartner(winogrande, taskNamed("mcqa_5/csqa"), at(root))).toBe(false);
  });
});

describe("the bundled sample", () => {
  const place: DataFolder = { kind: "sample", root: projectFolders.sample, download: false };

  it.each([
    ["yesno_open/boolq", "train", 40],
    ["yesno_open/boolq", "dev", 30],
    ["yesno_open/boolq", "test", 60],
    ["yesno_open/pubmedqa", "test", 60],
  ] as const)(
    "has of %s %s at least %i items, each with a context and yes/no",
    async (name, split, least) => {
      const { examples, kind, verified } = await loadSplit(
        taskNamed(name),
        split,
        place,
        noDependencies,
      );
      expect({ kind, verified }).toEqual({ kind: "sample", verified: false });
      expect(examples.length).toBeGreaterThanOrEqual(least);
      for (const { options, context } of examples) {
        expect(options).toEqual(["True", "False"]);
        expect(context).not.toBeNull();
      }
    },
  );

  it("asks nothing twice, in one split or in two", async () => {
    const questions: string[] = [];
    for (const split of ["train", "dev", "test"] as const)
      for (const { question } of (
        await loadSplit(taskNamed("yesno_open/boolq"), split, place, noDependencies)
      ).examples)
        questions.push(question.toLowerCase());
    expect(new Set(questions).size).toBe(questions.length);
  });
});
