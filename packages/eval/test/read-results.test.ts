import { join } from "node:path";
import { sha256, writeAtomic } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { readResults } from "../src/results/read-results.ts";
import { writeExperimentNote } from "../src/results/results.ts";
import { toItems, writeRun } from "./evaluation-runs.ts";
import { creation, evaluation, seeded, training } from "./manifests.ts";

let results: string;

beforeEach(() => {
  results = tempFolder();
});

function write(path: string, content: unknown) {
  writeAtomic(join(results, path), typeof content === "string" ? content : JSON.stringify(content));
}

/** The folder of CREAK's tree in one of the stages' folders. */
const folderOf = (stage: string, id: string) => `${stage}/yesno_close-creak/tree/${id}`;
const pathOf = (id: string) => `${folderOf("evaluations", id)}/yesno_close-creak`;
const good = pathOf("a1");
const trained = folderOf("trainings", "a1");
const created = folderOf("creations", "c0");

/** What a creation says that kept nothing and so has no files. */
const empty = { kept: 0 };

test("no results are no evaluations", async () => {
  expect(await readResults(results)).toEqual({
    dir: results,
    evaluations: [],
    trainings: [],
    creations: [],
    answers: [],
    experiments: [],
    failures: [],
    leftOut: [],
  });
});

test("notes of experiments stand in the order of their names; damaged ones are left out", async () => {
  for (const name of ["table4", "table3"])
    writeExperimentNote(results, { version: 1, name, about: `About ${name}.` });
  write("experiments/half.json", "{");
  write("experiments/other.json", { version: 2, name: "other", about: "" });
  write("experiments/table3.json.0.part", "{");
  const { experiments, leftOut } = await readResults(results);
  expect(experiments.map(({ name }) => name)).toEqual(["table3", "table4"]);
  expect(leftOut.map(({ path }) => path)).toEqual([
    "experiments/half.json",
    "experiments/other.json",
  ]);
});

test("runs stand in the order of their paths, each with its training and its creation", async () => {
  const second = evaluation({ ...seeded(2), inputs: { classifier: "02" } });
  writeRun(results, pathOf("b2"), second);
  writeRun(results, good, evaluation(seeded(1)));
  write(`${trained}/manifest.json`, training());
  write(`${created}/manifest.json`, creation(empty));
  const other = folderOf("creations", "c9");
  write(`${other}/partial.json`, creation({ ...empty, seeds: { example: 9, creation: 9 } }));
  write(`${pathOf("c3")}/partial.json`, "{}");
  const { evaluations, trainings, creations, leftOut } = await readResults(results);
  expect(evaluations.map(({ path, training, creation }) => [path, training, creation])).toEqual([
    [good, trained, created],
    [pathOf("b2"), null, null],
  ]);
  expect(evaluations[0]?.manifest).toEqual(evaluation(seeded(1)));
  expect(trainings).toEqual([{ path: trained, manifest: training(), log: [] }]);
  expect(creations.map(({ path, partial }) => [path, partial])).toEqual([
    [created, false],
    [other, true],
  ]);
  expect(leftOut).toEqual([]);
});

test("items are columns", async () => {
  const manifest = evaluation({
    test: { n: 3, correct: 2, labels: { True: 2, False: 1 }, shared: { dev: 1, train: 2 } },
  });
  const items = toItems(manifest, {
    shares: (row) => [["dev", "train"] as const, ["train"] as const, undefined][row]?.slice(),
  });
  (items[2] as (typeof items)[number]).probabilities = [];
  writeRun(results, good, manifest, items);
  const { evaluations, leftOut } = await readResults(results);
  expect(leftOut).toEqual([]);
  expect(evaluations[0]?.items).toEqual({
    gold: ["True", "True", "False"],
    predicted: ["True", "True", "True"],
    right: Uint8Array.of(1, 1, 0),
    confidence: Float64Array.of(0.7, 0.7, Number.NaN),
    inDev: Uint8Array.of(1, 0, 0),
    inTrain: Uint8Array.of(1, 1, 0),
    nearTie: Uint8Array.of(0, 0, 0),
    uncalibrated: null,
  });
});

describe("left out and named, the others kept:", () => {
  const items = toItems(evaluation());
  const [first, ...others] = items;

  test.each([
    ["a manifest cut short", '{"version": 1, "sta', items, /^unreadable: expected JSON, got "\{/],
    ["an empty one", "", items, /^unreadable: expected JSON, got ""$/],
    ["something else", [1, 2], items, /^unreadable: the file: .*expected object.*, got \[1,2\]$/],
    [
      "another version",
      { ...evaluation(), version: 2 },
      items,
      /^unreadable: version: .*expected 1, got 2$/,
    ],
    ["an impossible count", evaluation({ test: { correct: 700 } }), items, /at most n correct/],
    [
      "a count edited by hand",
      evaluation({ test: { correct: 600 } }),
      items,
      /^changed: 600 of 686 are correct, of items.jsonl 400 of 686$/,
    ],
    [
      "items cut at a line",
      evaluation(),
      items.slice(0, 600),
      /^changed: 400 of 686 are correct, of items.jsonl 400 of 600$/,
    ],
    [
      "an item made right by hand",
      evaluation(),
      [...items.slice(0, -1), { ...items.at(-1), right: true }],
      /^unreadable: items.jsonl:686: expected right where .*, got \{"right":true,"gold":"False","predicted":"True"\}$/,
    ],
    [
      "items in another order",
      evaluation(),
      others,
      /^unreadable: items.jsonl:1: expected row 0, got 1$/,
    ],
    [
      "a line that is no item",
      evaluation(),
      [null, ...others],
      /^unreadable: items.jsonl:1: expected an object, got null$/,
    ],
    [
      "an impossible probability",
      evaluation(),
      [{ ...first, probabilities: [7] }, ...others],
      /^unreadable: items.jsonl:1: expected probabilities in \[0, 1\], got \[7\]$/,
    ],
  ])("%s", async (_, manifest, lines, why) => {
    writeRun(results, good, evaluation());
    const path = pathOf("bad");
    writeRun(results, path, evaluation(), lines);
    write(`${path}/manifest.json`, manifest);
    const { evaluations, leftOut } = await readResults(results);
    expect(evaluations.map((run) => run.path)).toEqual([good]);
    expect(leftOut).toEqual([{ path: `${path}/manifest.json`, why: expect.stringMatching(why) }]);
  });

  test("items without a manifest, items that are gone, a line cut in the middle", async () => {
    const [a, b, c] = ["a", "b", "c"].map(pathOf);
    write(`${a}/items.jsonl`, "{}\n");
    write(`${b}/manifest.json`, evaluation());
    write(`${c}/manifest.json`, evaluation());
    write(`${c}/items.jsonl`, `${JSON.stringify(first)}\n{"split": "te`);
    const { evaluations, leftOut } = await readResults(results);
    expect(evaluations).toEqual([]);
    expect(leftOut).toEqual([
      { path: a, why: "unfinished: no manifest.json in it" },
      { path: `${b}/manifest.json`, why: "unreadable: items.jsonl is not there" },
      {
        path: `${c}/manifest.json`,
        why: expect.stringMatching(/^unreadable: items.jsonl:2: expected one JSON/),
      },
    ]);
  });

  test("damaged manifests of the other stages", async () => {
    write(`${trained}/manifest.json`, "{");
    write(`${created}/manifest.json`, { ...creation(), version: 0 });
    write("answers/t/direct/d0/t/manifest.json", creation());
    const { leftOut } = await readResults(results);
    expect(leftOut).toEqual([
      { path: "answers/t/direct/d0/t/manifest.json", why: expect.stringContaining('got "create"') },
      {
        path: `${created}/manifest.json`,
        why: expect.stringMatching(/^unreadable: version: .*, got 0$/),
      },
      { path: `${trained}/manifest.json`, why: 'unreadable: expected JSON, got "{"' },
    ]);
  });
});

test("runs that failed are listed with stage and reason", async () => {
  const at = "2026-01-10T09:00:00Z";
  write(`${created}/failed.json`, { error: "no server", at });
  write(`${good}/failed.json`, { error: "no test split", at });
  write("answers/yesno_close-creak/direct/d0/failed.json", { error: "no model", at });
  write("answers/yesno_close-creak/direct/d0/journal.jsonl", "{}\n");
  const { failures, leftOut } = await readResults(results);
  expect(leftOut).toEqual([]);
  expect(failures).toEqual([
    { path: created, stage: "creation", error: "no server", at },
    { path: good, stage: "evaluation", error: "no test split", at },
    {
      path: "answers/yesno_close-creak/direct/d0",
      stage: "direct answers",
      error: "no model",
      at,
    },
  ]);
});

test("a run whose test file changed since is stale; one that is gone or not named is not", async () => {
  const file = join(results, "test.jsonl");
  writeAtomic(file, "old\n");
  const run = (id: string, name: string | undefined) =>
    writeRun(
      results,
      pathOf(id),
      evaluation({ test: { file: name }, inputs: { classifier: id, test: sha256("old\n") } }),
    );
  run("a", file);
  run("b", join(results, "gone.jsonl"));
  run("c", undefined);
  const stale = async () =>
    (await readResults(results)).evaluations.map((one) => one.testFileChanged);
  expect(await stale()).toEqual([false, false, false]);
  writeAtomic(file, "new\n");
  expect(await stale()).toEqual([true, false, false]);
});
