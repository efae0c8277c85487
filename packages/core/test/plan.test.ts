import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { allSettings } from "../src/data/sources.ts";
import { tasks } from "../src/data/tasks.ts";
import { toRunName } from "../src/runs/run.ts";
import { key, plan, refused } from "./planning.ts";
import { writeRecording } from "./recordings.ts";

describe("a replayed run", () => {
  it("has the recording's values in place of the defaults", async () => {
    const values = {
      exampleSeed: 3,
      creationSeed: 4,
      temperature: 0.7,
      numExamples: 4,
      examples: 9,
    };
    const folder = writeRecording(tempFolder(), { values });
    const [run] = await plan(`--data boolq --replay ${folder} --train-seed 8`);
    expect(run?.seeds).toEqual({ example: 3, creation: 4, train: 8 });
    expect(run?.flags).toMatchObject({ temperature: 0.7, numExamples: 4, examples: 9 });
    expect(run?.completions?.model).toBe("recorded-model");
  });

  it("may have fewer examples than were recorded", async () => {
    const folder = writeRecording(tempFolder());
    const [run] = await plan(`--data boolq --replay ${folder} --examples 7`);
    expect(run?.flags.examples).toBe(7);
  });

  it("takes the recording that fits where there are several", async () => {
    const root = tempFolder();
    for (const seed of [1, 2])
      writeRecording(join(root, `${seed}`), { values: { exampleSeed: seed, creationSeed: seed } });
    const runs = await plan(`--data boolq --replay ${root} --seed 2,1`);
    expect(runs.map(({ seeds }) => seeds.creation)).toEqual([2, 1]);
  });
});

describe("the product of tasks, settings and seeds", () => {
  async function names(line: string): Promise<string[]> {
    return (await plan(line, { env: key })).map(toRunName);
  }

  it.each<[string, string[]]>([
    ["--data creak", ["yesno_close/creak tree seed 1"]],
    ["--data creak,mcqa_5/csqa", ["yesno_close/creak tree seed 1", "mcqa_5/csqa tree seed 1"]],
    ["--data creak,yesno_close/creak", ["yesno_close/creak tree seed 1"]],
    ["--data creak --seed 1,2", ["yesno_close/creak tree seed 1", "yesno_close/creak tree seed 2"]],
    [
      "--data creak --train-seed 1,2,3",
      [
        "yesno_close/creak tree seed 1",
        "yesno_close/creak tree seed 1/1/2",
        "yesno_close/creak tree seed 1/1/3",
      ],
    ],
    [
      "--data creak --seed 1,2 --train-seed 1,2",
      [
        "yesno_close/creak tree seed 1",
        "yesno_close/creak tree seed 1/1/2",
        "yesno_close/creak tree seed 2/2/1",
        "yesno_close/creak tree seed 2",
      ],
    ],
    [
      "--data creak --example-seed 5 --creation-seed 6,7",
      ["yesno_close/creak tree seed 5/6/1", "yesno_close/creak tree seed 5/7/1"],
    ],
    [
      "--data creak,csqa --setting naive,human",
      [
        "yesno_close/creak naive seed 1",
        "yesno_close/creak human seed 1",
        "mcqa_5/csqa naive seed 1",
        "mcqa_5/csqa human seed 1",
      ],
    ],
  ])("%s", async (line, expected) => {
    expect(await names(line)).toEqual(expected);
  });

  it("--data all is the ten tasks, --setting all the five and human", async () => {
    const runs = await plan("--data all --setting all --seed 1,2", { env: key });
    expect(runs).toHaveLength(10 * 6 * 2);
    expect([...new Set(runs.map(({ task }) => task.name))]).toEqual(tasks.map(({ name }) => name));
    expect([...new Set(runs.map(({ source }) => source))]).toEqual(allSettings);
    expect(new Set(runs.map(toRunName)).size).toBe(runs.length);
  });

  it("bare boolq is the open one, and says so", async () => {
    const logged: string[] = [];
    const [run] = await plan("--data boolq", { env: key, logged });
    expect(run?.task.name).toBe("yesno_open/boolq");
    expect(logged).toEqual(["boolq means yesno_open/boolq here (not yesno_close/boolq)"]);
  });

  it.each([
    ["direct", 1, ["direct"]],
    ["all,direct", 7, [...allSettings, "direct"]],
    ["direct,tree", 2, ["direct", "tree"]],
  ])("--setting %s plans %i runs", async (setting, n, expected) => {
    const runs = await plan(`--data creak --setting ${setting}`, { env: key });
    expect(runs).toHaveLength(n);
    expect(runs.map(({ source }) => source)).toEqual(expected);
    expect(runs.find(({ source }) => source === "direct")?.completions?.kind).toBe("live");
  });

  it("direct has a run for each creation seed, and no more: it reads no other", async () => {
    const seeds = async (line: string) =>
      (await plan(`--data creak --setting direct ${line}`, { env: key })).map((run) => run.seeds);
    expect(await seeds("--train-seed 1,2,3 --example-seed 4,5")).toEqual([
      { example: 1, creation: 1, train: 1 },
    ]);
    expect(await seeds("--seed 2,3")).toEqual([
      { example: 2, creation: 2, train: 2 },
      { example: 3, creation: 3, train: 3 },
    ]);
  });

  it("human has no completions, created sources have", async () => {
    for (const run of await plan("--data creak --setting all", { env: key }))
      expect(run.completions === null).toBe(run.source === "human");
  });

  it.each([
    ["", "--data: expected tasks: one of mcqa_2/piqa, "],
    ["--data bolq", 'got "bolq"'],
    ["--data creak,bolq", 'got "bolq"'],
    ["--data all,bolq", 'got "bolq"'],
    ["--data bolq,all", 'got "bolq"'],
    ["--data yesno_open/creak", 'got "yesno_open/creak"'],
  ])("%j is refused with the tasks there are", async (line, expected) => {
    const told = await refused(line, { env: key });
    expect(told).toContain(expected);
    for (const { name } of tasks) expect(told).toContain(name);
  });
});

describe("what is trained", () => {
  const human = "--data strategyqa --setting human";

  it.each([
    ["--tune full", "--tune full: expected an encoder with weights that can be trained"],
    ["--head own", '--head: expected linear or mlp with --tune head, got "own"'],
    ["--tune full --encoder X/y --head mlp", "--head: expected own or mean with --tune full"],
    ["--head sine", "--head: expected linear or mlp or own or mean"],
    ["--batch-size 8,0", "--batch-size: expected a whole number from 1 on"],
    ["--backend cuda", "--backend: expected tfjs-node-gpu or tfjs-node or webgpu or wasm"],
  ])("%s is refused", async (words, message) => {
    await expect(plan(`${human} ${words}`)).rejects.toThrow(message);
  });

  it.each([
    ["--epochs 3 --freeze 1", ["--epochs", "--freeze"]],
    ["--tune full --encoder X/y --features pair --epochs 3", ["--features"]],
    ["--head mlp --epochs 3", []],
    ["--max-length 64", []],
  ])("%s tells of the flags that no run reads", async (words, unread) => {
    const logged: string[] = [];
    await plan(`${human} ${words}`, { logged });
    expect(logged).toEqual(unread.map((flag) => `${flag} is read by none of these runs`));
  });
});
