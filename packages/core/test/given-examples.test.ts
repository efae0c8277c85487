import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { toRunName } from "../src/runs/run.ts";
import { plan, refused, server } from "./planning.ts";

const physics = join(import.meta.dirname, "fixtures/physics");

describe("--created", () => {
  const file = () => join(tempFolder({ "mine.jsonl": "" }), "mine.jsonl");

  it("takes the place of the settings, and needs no model", async () => {
    const runs = await plan(`--data creak,csqa --seed 1,2 --created ${file()}`);
    expect(runs.map(toRunName)).toEqual([
      "yesno_close/creak file seed 1",
      "yesno_close/creak file seed 2",
      "mcqa_5/csqa file seed 1",
      "mcqa_5/csqa file seed 2",
    ]);
    for (const { completions, data } of runs)
      expect([completions, data.kind]).toEqual([null, "benchmark"]);
  });

  it("may be of a task of the user's own", async () => {
    const [run] = await plan(`--data ${physics} --created ${file()}`);
    expect(run).toMatchObject({ source: "file", task: { name: "physics" }, tests: [] });
  });

  it("is a path from where the user is", async () => {
    const path = file();
    const env = { TURBO_INVOCATION_DIR: join(path, "..") };
    const [run] = await plan("--data creak --created mine.jsonl", { env });
    expect(run?.flags.created).toBe(path);
    expect(await refused("--data creak --created none.jsonl", { env })).toContain(
      "--created: no file ",
    );
  });

  it("is found by its name in each folder of --data, a grid of its own", async () => {
    const task = readFileSync(join(physics, "task.json"), "utf8");
    const example = readFileSync(join(physics, "example.jsonl"), "utf8");
    const files = (name: string) => ({
      [`${name}/task.json`]: task.replace("{", `{"name": "${name}",`),
      [`${name}/example.jsonl`]: example,
      [`${name}/gpt4.jsonl`]: "",
    });
    const folder = tempFolder({ ...files("heat"), ...files("light") });
    const env = { TURBO_INVOCATION_DIR: folder };
    const runs = await plan("--data ./heat,./light --created gpt4.jsonl", { env });
    expect(runs.map(({ task, flags }) => [task.name, flags.created])).toEqual(
      ["heat", "light"].map((name) => [name, join(folder, name, "gpt4.jsonl")]),
    );
    rmSync(join(folder, "light/gpt4.jsonl"));
    const told = await refused("--data ./heat,./light --created gpt4.jsonl", { env });
    expect(told).toBe(`--created: no file ${join(folder, "light/gpt4.jsonl")}`);
  });

  it.each([
    ["--setting tree", "expected no --setting with it"],
    ["--setting human", "expected no --setting with it"],
    ["--replay .", "expected no --replay with it"],
  ])("with %s beside it is refused", async (words, expected) => {
    const told = await refused(`--data creak --created ${file()} ${words}`);
    expect(told).toBe(`--created brings the examples to train on: ${expected}`);
  });
});

describe("--add-human", () => {
  it("is for created examples and files; a human row beside them does not read it", async () => {
    const of = async (words: string) =>
      (await plan(`--data creak --model m ${words}`, { env: server })).map((run) => [
        run.source,
        run.flags.addHuman,
      ]);
    expect(await of("--add-human 10 --setting tree,human")).toEqual([
      ["tree", 10],
      ["human", null],
    ]);
    const file = join(tempFolder({ "f.jsonl": "" }), "f.jsonl");
    expect(await of(`--add-human 10 --created ${file}`)).toEqual([["file", 10]]);
  });

  it("with human alone is refused", async () => {
    const told = await refused("--data creak --setting human --add-human 10");
    expect(told).toContain("--add-human mixes human examples into created ones");
  });

  it("needs the train split of an own task", async () => {
    const told = await refused(`--data ${physics} --add-human 1`, { env: server });
    expect(told).toMatch(/^--add-human: expected the train split of physics at .*train\.jsonl$/);
  });
});
