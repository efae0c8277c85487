import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockFolder, sha256 } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { readResults } from "../src/results/read-results.ts";
import { writeResults } from "./write-results.ts";

/** A whole results folder: CREAK and StrategyQA, human data and a tree's, two seeds. */
let results: string;
/** Folders of CREAK's tree, seed 1. */
let folders: { creation: string; training: string; evaluation: string };

beforeEach(() => {
  results = writeResults({
    dir: tempFolder(),
    tasks: ["yesno_close/creak", "yesno_close/strategyqa"],
    sources: ["human", "tree"],
    seeds: [1, 2],
    n: 20,
    kept: 12,
    text: (what, i) => `${what} ${i}`,
    options: ["True", "False"],
    model: "a model",
    kind: "live",
  });
  const id = sha256("yesno_close/creak1").slice(0, 12);
  const at = (stage: string) => `${stage}/yesno_close-creak/tree/${id}`;
  folders = {
    creation: at("creations"),
    training: at("trainings"),
    evaluation: at("evaluations"),
  };
});

const onCreak = () => `${folders.evaluation}/yesno_close-creak`;
const read = (path: string) => readFileSync(join(results, path), "utf8");
const write = (path: string, text: string) => writeFileSync(join(results, path), text);

/** Sets a value in a JSON file by its path in it. */
function edit(file: string, path: string, value: unknown): void {
  const whole = JSON.parse(read(file));
  const keys = path.split(".");
  const last = keys.pop() as string;
  const holder = keys.reduce((object, key) => object[key], whole);
  holder[last] = value;
  write(file, JSON.stringify(whole));
}

test("as it was written nothing is left out", async () => {
  const { leftOut, evaluations, trainings, creations } = await readResults(results);
  expect(leftOut).toEqual([]);
  expect([evaluations.length, trainings.length, creations.length]).toEqual([16, 8, 4]);
});

test.each<[path: string, value: unknown, why: RegExp]>([
  ["task", "yesno_close/strategyqa", /task is yesno_close\/strategyqa, its folder is of /],
  ["source", "human", /source is human, its folder is of tree/],
  ["test.task", "yesno_close/strategyqa", /test.task is .*, its folder is of yesno_close-creak/],
  ["test.kind", "cross-domain", /test.kind is cross-domain, of yesno_close\/creak on /],
  ["test.data.kind", "sample", /test.data.kind is sample, data.kind benchmark/],
  ["test.options", "varying", /test.options is varying, test.labels is \{/],
  ["test.optionCount", 5, /test.optionCount is 5, test.labels has 2/],
  ["data.kind", "own", /data.kind is "own", its training says "benchmark"/],
  ["data.verified", false, /data.verified is false, its training says true/],
  ["completions.kind", "replay", /completions.kind is "replay", its training says "live"/],
  ["completions.model", "gpt-4", /completions.model is "gpt-4", its training says "a model"/],
  ["completions", null, /completions is null, its training says \{/],
  ["student.encoder", "x", /student.encoder is "x", its training says "all-MiniLM-L6-v2"/],
  ["student.tune", "head", /student.tune is "head", its training says "full"/],
  ["conditions", { fraction: 0.5 }, /conditions.fraction is 0.5, its training says nothing/],
  ["train.n", 90, /train.n is 90, its training says 12/],
  ["train.target", 90, /train.target is 90, its training says 12/],
  ["train.human", 5, /train.human is 5, its training says 0/],
  ["train.labels", { True: 11, False: 1 }, /train.labels.True is 11, its training says 6/],
  ["dev.accuracy", 0.9, /dev.accuracy is 0.9, its training says 0.6/],
  ["dev.collapsed", true, /dev.collapsed is true, its training says false/],
  ["seeds.train", 7, /seeds.train is 7, its training says 1/],
  ["seeds.creation", 2, /seeds.creation is 2, its training says 1/],
  ["seeds.example", 2, /seeds.example is 2, its training says 1/],
  ["inputs.classifier", "0e", /inputs.classifier is "0e", its training says /],
])("an evaluation whose %s is edited", async (path, value, why) => {
  const file = `${onCreak()}/manifest.json`;
  edit(file, path, value);
  const { leftOut, evaluations } = await readResults(results);
  expect(leftOut).toEqual([{ path: file, why: expect.stringMatching(why) }]);
  expect(leftOut[0]?.why).toMatch(/^edited/);
  expect(evaluations).toHaveLength(15);
});

describe("items", () => {
  const file = () => `${onCreak()}/items.jsonl`;
  const toLines = () => read(file()).trim().split("\n");
  const named = async () => {
    const { leftOut, evaluations } = await readResults(results);
    expect(evaluations).toHaveLength(15);
    expect(leftOut.map(({ path }) => path)).toEqual([`${onCreak()}/manifest.json`]);
    return leftOut[0]?.why;
  };

  test("two predictions exchanged, so that all counts stay", async () => {
    const other: Record<string, string> = { True: "False", False: "True" };
    const seen = new Set<boolean>();
    const lines = toLines().map((line) => {
      const item = JSON.parse(line);
      if (seen.has(item.right)) return line;
      seen.add(item.right);
      return JSON.stringify({ ...item, predicted: other[item.predicted], right: !item.right });
    });
    write(file(), `${lines.join("\n")}\n`);
    expect(await named()).toMatch(/^edited: items.jsonl is not as it was written: .* got /);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an answer that is no option", { predicted: "Maybe" }, /one of True, False .*, got "Maybe"$/],
    ["a probability too many", { probabilities: [1, 0, 0] }, /2 probabilities.*, got 3$/],
  ])("%s", async (_, change, why) => {
    const lines = toLines();
    const wrong = lines.findIndex((line) => line.includes('"right":false'));
    lines[wrong] = JSON.stringify({ ...JSON.parse(lines[wrong] as string), ...change });
    write(file(), `${lines.join("\n")}\n`);
    edit(`${onCreak()}/manifest.json`, "outputs", {});
    expect(await named()).toMatch(why);
  });
});

describe("an evaluation under another id", () => {
  const copy = () => folders.evaluation.replace(/\w+$/, "copied");

  test("is no second seed: its classifier is another training's", async () => {
    cpSync(join(results, folders.evaluation), join(results, copy()), { recursive: true });
    for (const test of ["creak", "strategyqa"])
      edit(`${copy()}/yesno_close-${test}/manifest.json`, "seeds.creation", 2);
    const { leftOut, evaluations } = await readResults(results);
    expect(evaluations).toHaveLength(16);
    const why = expect.stringContaining(`its classifier is that of ${folders.training}`);
    expect(leftOut).toEqual([
      { path: `${copy()}/yesno_close-creak/manifest.json`, why },
      { path: `${copy()}/yesno_close-strategyqa/manifest.json`, why },
    ]);
  });

  test("nor where it was moved there, or where no training is left to tell", async () => {
    renameSync(join(results, folders.evaluation), join(results, copy()));
    expect((await readResults(results)).leftOut).toHaveLength(2);
    cpSync(join(results, copy()), join(results, folders.evaluation), { recursive: true });
    rmSync(join(results, "trainings"), { recursive: true });
    const { leftOut, evaluations } = await readResults(results);
    expect(evaluations).toHaveLength(14);
    expect(leftOut).toHaveLength(4);
    for (const { why } of leftOut) expect(why).toMatch(/^copied: evaluations.* says the same /);
  });
});

describe("a creation", () => {
  const manifest = () => `${folders.creation}/manifest.json`;
  const file = (name: string) => `${folders.creation}/${name}`;
  const named = async (path: string, why: RegExp) => {
    const { leftOut, creations } = await readResults(results);
    expect(leftOut).toEqual([{ path, why: expect.stringMatching(why) }]);
    expect(creations).toHaveLength(3);
  };

  test.each<[string, string, unknown, RegExp]>([
    ["kept", "kept", 4000, /^edited: kept is 4000, its funnel says 12/],
    ["replies", "replies", 1, /^edited: replies is 1, its funnel says 3/],
    ["labels", "labels", { True: 4, False: 4 }, /^edited: kept is 12, its labels says 8/],
    ["tokens", "usage.promptTokens", 0, /^edited: usage, a reply, is 300, its funnel says 400/],
    ["task", "task", "yesno_close/strategyqa", /^edited: task is .*, its folder is of /],
  ])("whose %s is edited", async (_, path, value, why) => {
    edit(manifest(), path, value);
    await named(manifest(), why);
  });

  test("whose size is edited everywhere in its manifest", async () => {
    edit(manifest(), "kept", 4000);
    edit(manifest(), "funnel", []);
    edit(manifest(), "labels", {});
    await named(
      file("created.jsonl"),
      /^edited: kept is 4000 in the manifest, created.jsonl has 12/,
    );
  });

  test.each<[string, string, string, RegExp]>([
    ["garbage", "created.jsonl", "garbage\n", /^created.jsonl:1: expected one JSON value/],
    ["no example", "created.jsonl", "{}\n", /^created.jsonl:1: expected \{"question"/],
    ["garbage", "lineage.jsonl", "garbage\n", /^lineage.jsonl:1: expected one JSON value/],
    ["no lineage", "lineage.jsonl", '{"key":1}\n', /^lineage.jsonl:1: key: .*, got .*key/],
    ["garbage", "rejected.jsonl", "{}\ngarbage\n", /^rejected.jsonl:2: expected one JSON value/],
  ])("with %s in its %s", async (_, name, text, why) => {
    write(file(name), text);
    await named(file(name), why);
  });

  test("whose examples are gone, or one of which was altered", async () => {
    const text = read(file("created.jsonl"));
    rmSync(join(results, file("created.jsonl")));
    await named(file("created.jsonl"), /^created.jsonl: expected it beside .*, it is not there/);
    write(file("created.jsonl"), text.replace("question 3", "question 33"));
    await named(file("created.jsonl"), /^edited: created.jsonl is not as it was written/);
  });

  test("that goes on right now, or was killed half-way", async () => {
    appendFileSync(join(results, file("created.jsonl")), '{"question"');
    const unlock = lockFolder(join(results, folders.creation));
    await named(manifest(), /^not finished: a process works on it$/);
    rmSync(join(results, manifest()));
    await named(file("created.jsonl"), /^not finished: a process works on it$/);
    unlock();
    await named(file("created.jsonl"), /^half-written, or not finished yet: no manifest.json/);
    write(file("failed.json"), JSON.stringify({ error: "no server", at: "" }));
    expect(await readResults(results)).toMatchObject({ leftOut: [], failures: [{}] });
  });
});

describe("a training", () => {
  const log = () => `${folders.training}/classifier/training.jsonl`;

  test.each([
    ["garbage", "garbage\n", /^training.jsonl:1: expected an object .*, got "garbage"$/],
    ["a line cut short", '{"step":1}\n{"step":2,"lo', /^training.jsonl:2: .*, got "\{/],
    ["a text as accuracy", '{"devAccuracy":"x"}\n', /^training.jsonl:1: .*devAccuracy/],
  ])("with %s in its log", async (_, text, why) => {
    write(log(), text);
    const { leftOut, trainings } = await readResults(results);
    expect(leftOut).toEqual([{ path: log(), why: expect.stringMatching(why) }]);
    expect(trainings.find(({ path }) => path === folders.training)?.log).toEqual([]);
  });

  test("without a manifest is not finished", async () => {
    rmSync(join(results, folders.training, "manifest.json"));
    const { leftOut, evaluations } = await readResults(results);
    const why = expect.stringMatching(/^half-written, or not finished yet: no manifest.json/);
    expect(leftOut).toEqual([{ path: log(), why }]);
    expect(evaluations).toHaveLength(16);
  });

  test("of another folder", async () => {
    const file = `${folders.training}/manifest.json`;
    edit(file, "source", "human");
    const { leftOut, trainings } = await readResults(results);
    const why = "edited: source is human, its folder is of tree";
    expect(leftOut).toEqual([{ path: file, why }]);
    expect(trainings).toHaveLength(7);
  });
});
