import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { formats, taskNamed } from "../src/data/tasks.ts";
import { key, plan, refused, type Surroundings } from "./planning.ts";

describe("the test sets of a run", () => {
  async function testsOf(line: string, around: Surroundings = {}): Promise<string[]> {
    const [run] = await plan(line, { env: key, ...around });
    return (run?.tests ?? []).map(({ name }) => name);
  }

  it.each<[string, string[]]>([
    ["--data csqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense"]],
    ["--data pubmedqa", ["yesno_open/pubmedqa", "yesno_open/boolq", "yesno_open/bioasq"]],
    ["--data yesno_close/boolq", ["yesno_close/boolq"]],
    ["--data yesno_close/boolq --test-on creak", ["yesno_close/boolq", "yesno_close/creak"]],
    ["--data yesno_close/boolq --test-on boolq", ["yesno_close/boolq", "yesno_open/boolq"]],
    ["--data csqa --test-on riddle_sense,csqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense"]],
    ["--data csqa --test-on piqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense", "mcqa_2/piqa"]],
  ])(
    "%s: in-domain first, then partners, then what is added, each once",
    async (line, expected) => {
      expect(await testsOf(line)).toEqual(expected);
    },
  );

  it("may be a folder, which then has the task's own format and no partners", async () => {
    const folder = tempFolder({ "test.jsonl": "" });
    const [run] = await plan(`--data csqa --test-on ${folder}`, { env: key });
    expect(run?.tests.at(-1)).toEqual({
      name: folder,
      folder,
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
      ...formats.mcqa_5,
      trainSize: null,
      partners: [],
    });
  });

  it("may be a folder by its name alone; a task of that name comes first", async () => {
    const home = tempFolder({ "mine/test.jsonl": "", "creak/test.jsonl": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const line = "--data strategyqa --test-on";
    const last = async (name: string) => (await plan(`${line} ${name}`, { env }))[0]?.tests.at(-1);
    expect(await last("mine")).toMatchObject({ name: "mine", folder: join(home, "mine") });
    expect(await last("./creak")).toMatchObject({ name: "./creak", folder: join(home, "creak") });
    expect(await last("creak")).toEqual(taskNamed("yesno_close/creak"));
  });

  it("has a folder once, however it is written", async () => {
    const home = tempFolder({ "mine/test.jsonl": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const names = await testsOf(`--data yesno_close/boolq --test-on mine,./mine,${home}/mine`, {
      env,
    });
    expect(names).toEqual(["yesno_close/boolq", "mine"]);
  });

  it.each([
    [
      "--data csqa --test-on creak",
      '--test-on yesno_close/creak: a classifier of mcqa_5/csqa cannot answer it (2 options ["True", "False"] against 5 options)',
    ],
    ["--data creak,csqa --test-on strategyqa", "a classifier of mcqa_5/csqa cannot answer it"],
    ["--data creak --test-on nothing", "--test-on: expected one of mcqa_2/piqa"],
    [
      "--data creak --test-on ./nothing",
      "--test-on: expected a task or a folder with a test.jsonl, got ./nothing",
    ],
    ["--data creak --test-on TEMP", "--test-on: expected a task or a folder with a test.jsonl"],
  ])("%s is refused", async (line, expected) => {
    expect(await refused(line.replace("TEMP", tempFolder()), { env: key })).toContain(expected);
  });

  it("--test-on all is refused without proposing it", async () => {
    const told = await refused("--data creak --test-on all", { env: key });
    expect(told).toContain('got "all"');
    expect(told).not.toContain("or all");
  });
});
