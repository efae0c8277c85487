import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { lockFolder, sha256, toJsonl, writeEnding } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readResults } from "../src/results/read-results.ts";
import { writeResults } from "./write-results.ts";

/** A whole results folder, and the copy that a test changes: CREAK and StrategyQA, tree, two seeds. */
let template: string;
let results: string;

const id = sha256("yesno_close/creak1").slice(0, 12);
/** The folders of CREAK's tree, seed 1. */
const [creation, training, evaluation] = ["creations", "trainings", "evaluations"].map(
  (stage) => `${stage}/yesno_close-creak/tree/${id}`,
) as [string, string, string];
const onCreak = `${evaluation}/yesno_close-creak`;

beforeAll(() => {
  template = writeResults({
    dir: mkdtempSync(join(tmpdir(), "seedling-eval-")),
    tasks: ["yesno_close/creak", "yesno_close/strategyqa"],
    sources: ["tree"],
    seeds: [1, 2],
    n: 20,
    kept: 12,
    text: (what, i) => `${what} ${i}`,
    options: ["True", "False"],
    model: "a model",
    kind: "live",
  });
});

afterAll(() => rmSync(dirname(template), { recursive: true }));

beforeEach(() => {
  results = tempFolder();
  cpSync(template, results, { recursive: true });
});

const read = (path: string) => readFileSync(join(results, path), "utf8");
const write = (path: string, text: string) => writeFileSync(join(results, path), text);
const readManifest = (folder: string) => JSON.parse(read(`${folder}/manifest.json`));

/** A manifest with other values, as an editor leaves it. */
function edit(folder: string, changes: object): void {
  write(`${folder}/manifest.json`, JSON.stringify({ ...readManifest(folder), ...changes }));
}

/** A manifest with other values, as the stage would have written it. */
function rewrite(folder: string, changes: object): void {
  writeEnding(join(results, folder), "done", { ...without(readManifest(folder)), ...changes });
}

/** A manifest as an earlier version wrote it: without its hash, without the paths of what it was made of. */
function makeEarlier(folder: string, changes: object = {}): void {
  const manifest = without(readManifest(folder));
  const names = Object.keys(manifest.inputs).filter((name) => !name.includes("/"));
  const inputs = Object.fromEntries(names.map((name) => [name, manifest.inputs[name]]));
  write(`${folder}/manifest.json`, JSON.stringify({ ...manifest, inputs, ...changes }));
}

function without({ hash, ...manifest }: Record<string, unknown>) {
  return manifest as { inputs: Record<string, string>; [key: string]: unknown };
}

async function expectLeftOut(expected: [path: string, why: RegExp][], counts: number[]) {
  const { leftOut, evaluations, trainings, creations } = await readResults(results);
  expect(leftOut).toEqual(
    expected.map(([path, why]) => ({ path, why: expect.stringMatching(why) })),
  );
  expect([evaluations.length, trainings.length, creations.length]).toEqual(counts);
}

test("as it was written nothing is left out, and each has what it was made of", async () => {
  await expectLeftOut([], [8, 4, 4]);
  const { evaluations } = await readResults(results);
  const one = evaluations.find(({ path }) => path === onCreak);
  expect(one).toMatchObject({ training, creation });
});

test("of an earlier version that wrote no paths and no hash it is the same", async () => {
  const before = (await readResults(results)).evaluations;
  for (const { path } of before) makeEarlier(path);
  for (const folder of [creation, training]) makeEarlier(folder);
  const after = await readResults(results);
  expect(after.leftOut).toEqual([]);
  const links = (runs: typeof before) =>
    runs.map(({ path, training, creation }) => [path, training, creation]);
  expect(links(after.evaluations)).toEqual(links(before));
});

test.each([
  ["evaluation", onCreak, [7, 4, 4]],
  ["training", training, [8, 3, 4]],
  ["creation", creation, [8, 4, 3]],
])("a manifest of a stage that was edited by hand: %s", async (_, folder, counts) => {
  const { completions } = readManifest(folder);
  for (const change of [
    { source: "human" },
    { completions: { ...completions, model: "gpt-4" } },
    { createdAt: "2026-01-11T09:00:00Z" },
  ]) {
    const path = `${folder}/manifest.json`;
    const before = read(path);
    edit(folder, change);
    await expectLeftOut([[path, /^changed: it is not as it was/]], counts);
    write(path, before);
  }
});

describe("an evaluation", () => {
  const file = `${onCreak}/manifest.json`;

  test("two of whose predictions were exchanged, so that all counts stay", async () => {
    const other: Record<string, string> = { True: "False", False: "True" };
    const seen = new Set<boolean>();
    const items = read(`${onCreak}/items.jsonl`)
      .trim()
      .split("\n")
      .map((line) => {
        const item = JSON.parse(line);
        if (seen.has(item.right)) return item;
        seen.add(item.right);
        return { ...item, predicted: other[item.predicted], right: !item.right };
      });
    write(`${onCreak}/items.jsonl`, toJsonl(items));
    const why =
      /^changed: items.jsonl is not as it was written: expected SHA-256 \w{12}, got \w{12}$/;
    await expectLeftOut([[file, why]], [7, 4, 4]);
    makeEarlier(onCreak);
    await expectLeftOut([[file, why]], [7, 4, 4]);
    makeEarlier(onCreak, { outputs: {} });
    await expectLeftOut([], [8, 4, 4]);
  });

  test("of an earlier version whose counts are not those of its items", async () => {
    const { test } = readManifest(onCreak);
    for (const change of [{ correct: test.correct + 1 }, { n: 21, labels: null }]) {
      makeEarlier(onCreak, { test: { ...test, ...change } });
      const why = new RegExp(
        `^changed: \\d+ of \\d+ are correct, of items.jsonl ${test.correct} of 20$`,
      );
      await expectLeftOut([[file, why]], [7, 4, 4]);
    }
  });

  test.each([
    ["this version", rewrite],
    ["an earlier version", makeEarlier],
  ])("of %s is stale where its classifier was trained again", async (_, write) => {
    const { inputs } = readManifest(onCreak);
    write(onCreak, { inputs });
    rewrite(training, { outputs: { classifier: "0e" } });
    const why = new RegExp(`^stale: ${training}/classifier has been made again since$`);
    const also = `${evaluation}/yesno_close-strategyqa/manifest.json`;
    await expectLeftOut(
      [
        [file, why],
        [also, why],
      ],
      [6, 4, 4],
    );
  });

  test("stands without its training and creation where these are gone", async () => {
    for (const folder of [training, creation]) rmSync(join(results, folder), { recursive: true });
    await expectLeftOut([], [8, 3, 3]);
    const { evaluations } = await readResults(results);
    const one = evaluations.find(({ path }) => path === onCreak);
    expect(one).toMatchObject({ training: null, creation: null });
  });

  test("is stale, as its training is, where what it was trained on was created again", async () => {
    write(`${creation}/created.jsonl`, read(`${creation}/created.jsonl`).replace("3", "33"));
    const outputs = { "created.jsonl": sha256(read(`${creation}/created.jsonl`)) };
    rewrite(creation, { outputs });
    const why = /^stale: creations.*created.jsonl has been made again since$/;
    await expectLeftOut(
      [
        [file, why],
        [`${evaluation}/yesno_close-strategyqa/manifest.json`, why],
        [`${training}/manifest.json`, why],
      ],
      [6, 3, 4],
    );
  });

  describe("under another id", () => {
    const copy = evaluation.replace(/\w+$/, "copied");
    const tests = ["yesno_close-creak", "yesno_close-strategyqa"];
    const all = (folder: string, why: RegExp) =>
      tests.map((name): [string, RegExp] => [`${folder}/${name}/manifest.json`, why]);

    test("is no second seed, nor is one that was moved there", async () => {
      const why = new RegExp(`^changed: moved or copied here, it is of ${training}$`);
      cpSync(join(results, evaluation), join(results, copy), { recursive: true });
      await expectLeftOut(all(copy, why), [8, 4, 4]);
      rmSync(join(results, evaluation), { recursive: true });
      await expectLeftOut(all(copy, why), [6, 4, 4]);
    });
  });
});

test("of two creations by the same replies an evaluation of an earlier version is of that with as many examples", async () => {
  const more = creation.replace(/\w+$/, "0");
  cpSync(join(results, creation), join(results, more), { recursive: true });
  const created = read(`${creation}/created.jsonl`);
  write(`${more}/created.jsonl`, created + created);
  makeEarlier(more, { kept: 24, target: 24, outputs: {} });
  for (const folder of [training, onCreak]) makeEarlier(folder);
  const { evaluations, creations, leftOut } = await readResults(results);
  expect(leftOut).toEqual([]);
  expect(creations.map(({ path }) => path)).toContain(more);
  expect(evaluations.find(({ path }) => path === onCreak)).toMatchObject({ creation });
});

describe("a creation", () => {
  const file = (name: string) => `${creation}/${name}`;

  test.each(["created.jsonl", "lineage.jsonl"])(
    "whose %s was altered, or is gone",
    async (name) => {
      appendFileSync(join(results, file(name)), "garbage\n");
      await expectLeftOut(
        [[file("manifest.json"), new RegExp(`^changed: ${name} is not as it was written`)]],
        [8, 4, 3],
      );
      rmSync(join(results, file(name)));
      await expectLeftOut(
        [[file("manifest.json"), new RegExp(`^unreadable: ${name} is not there$`)]],
        [8, 4, 3],
      );
    },
  );

  test("that stopped and was killed as it went on", async () => {
    renameSync(join(results, file("manifest.json")), join(results, file("partial.json")));
    await expectLeftOut([], [8, 4, 4]);
    appendFileSync(join(results, file("created.jsonl")), "{}\n");
    const why = /^unfinished since partial.json, or changed: created.jsonl/;
    await expectLeftOut([[file("partial.json"), why]], [8, 4, 3]);
  });

  test("that goes on right now, or was killed half-way", async () => {
    appendFileSync(join(results, file("created.jsonl")), '{"question"');
    const unlock = lockFolder(join(results, creation));
    const atWork = /^unfinished: a process works on it$/;
    await expectLeftOut([[file("manifest.json"), atWork]], [8, 4, 3]);
    rmSync(join(results, file("manifest.json")));
    await expectLeftOut([[creation, atWork]], [8, 4, 3]);
    unlock();
    await expectLeftOut([[creation, /^unfinished: no manifest.json in it$/]], [8, 4, 3]);
    write(file("failed.json"), JSON.stringify({ error: "no server", at: "" }));
    expect(await readResults(results)).toMatchObject({ leftOut: [], failures: [{}] });
  });
});

describe("a training", () => {
  const log = `${training}/classifier/training.jsonl`;

  test.each([
    [
      "garbage",
      "garbage\n",
      /^unreadable: training.jsonl:1: expected an object .*, got "garbage"$/,
    ],
    ["a line cut short", '{"step":1}\n{"step":2,"lo', /: training.jsonl:2: .*, got "\{/],
    ["a text as accuracy", '{"devAccuracy":"x"}\n', /: training.jsonl:1: .*devAccuracy/],
  ])("with %s in its log is used without it", async (_, text, why) => {
    write(log, text);
    await expectLeftOut([[log, why]], [8, 4, 4]);
    const { trainings } = await readResults(results);
    expect(trainings.find(({ path }) => path === training)?.log).toEqual([]);
  });

  test("has of its log the lines with a dev accuracy", async () => {
    const lines = [
      { step: 1, loss: 2 },
      { epoch: 1, devAccuracy: 0.5 },
      { epoch: 2, devAccuracy: null },
    ];
    write(log, toJsonl(lines));
    const { trainings } = await readResults(results);
    expect(trainings.find(({ path }) => path === training)?.log).toEqual([lines[1]]);
  });

  test("without a manifest is unfinished, its evaluations stay", async () => {
    rmSync(join(results, training, "manifest.json"));
    await expectLeftOut([[training, /^unfinished: no manifest.json in it$/]], [8, 3, 4]);
  });
});
