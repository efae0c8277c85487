import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "@seedling/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvaluations } from "../src/evaluation-files.ts";
import { evaluation, seeded } from "./manifests.ts";

let results: string;

beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), "seedling-results-"));
});

afterEach(() => rm(results, { recursive: true }));

async function write(path: string, content: unknown) {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await writeAtomic(join(results, path), text);
}

test("no results are no evaluations", async () => {
  expect(await readEvaluations(results)).toEqual({ manifests: [], leftOut: [] });
});

test("manifests are found at any depth, and nothing else is", async () => {
  await write("evaluations/creak/tree/b2/creak/manifest.json", evaluation(seeded(2)));
  await write("evaluations/creak/tree/a1/creak/manifest.json", evaluation(seeded(1)));
  await write("evaluations/creak/tree/a1/creak/items.jsonl", "{}\n");
  await write("evaluations/creak/tree/c3/creak/partial.json", "{}");
  await write("trainings/creak/manifest.json", { stage: "train" });
  const { manifests, leftOut } = await readEvaluations(results);
  expect(manifests).toEqual([evaluation(seeded(1)), evaluation(seeded(2))]);
  expect(leftOut).toEqual([]);
});

test.each([
  ["cut short", '{"version": 1, "sta', /JSON/],
  ["empty", "", /JSON/],
  ["something else", [1, 2], /^the file: .*expected object/],
  ["of another version", { ...evaluation(), version: 2 }, /^version: .*expected 1/],
  ["impossible", evaluation({ test: { correct: 700 } }), /^test: expected at most n correct/],
])("a manifest that is %s is left out and named", async (_, content, why) => {
  await write("evaluations/good/manifest.json", evaluation());
  await write("evaluations/bad/manifest.json", content);
  const { manifests, leftOut } = await readEvaluations(results);
  expect(manifests).toEqual([evaluation()]);
  const path = join("evaluations", "bad", "manifest.json");
  expect(leftOut).toEqual([{ path, why: expect.stringMatching(why) }]);
});
