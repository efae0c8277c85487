import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { type CommandLine, parseCommandLine, resolvePaths } from "../src/flags/command-line.ts";
import { projectFolders, repository } from "../src/logs/paths.ts";
import { planExperiment } from "../src/runs/plan-runs.ts";
import { key, plan, refused } from "./planning.ts";

/** A folder with tasks whose names hold commas. */
function withCommas() {
  const task = JSON.stringify({ options: ["yes", "no"] });
  const example = JSON.stringify({ question: "a", options: ["yes", "no"], label: "no" });
  const names = ["a,b", "a, b", "c", "a,b,c", "d,"];
  const files = names.flatMap((name) => [
    [`${name}/task.json`, task],
    [`${name}/example.json`, example],
    [`${name}/train.jsonl`, example],
    [`${name}/test.jsonl`, example],
  ]);
  return tempFolder(Object.fromEntries(files));
}

describe("commas in the names of folders", () => {
  it.each<[given: string, folders: string[]]>([
    ["./a,b", ["a,b"]],
    ["./a, b", ["a, b"]],
    ["./a,b,./c", ["a,b", "c"]],
    ["./c,./a,b,./c", ["c", "a,b"]],
    ["./a,b,c", ["a,b,c"]],
    [" ./d, , ./c", ["d,", "c"]],
  ])("split no path: %j", async (given, folders) => {
    const home = withCommas();
    const env = { TURBO_INVOCATION_DIR: home };
    const { requests } = (await parseCommandLine(
      ["--data", given, "--test-on", given, "--setting", "human", "--baselines", "off"],
      async () => ({}),
    )) as CommandLine;
    const runs = await planExperiment({ requests }, { env, fetch, log: () => {} });
    expect(runs.map(({ task }) => task.folder)).toEqual(folders.map((name) => join(home, name)));
    expect(resolvePaths(requests[0], env).testOn).toEqual(folders.map((name) => `./${name}`));
  });

  it.each<[line: string, message: string]>([
    ["--data boolq,", '--data: expected a value, got "boolq,"'],
    ["--data boolq,,csqa", '--data: expected a value, got "boolq,,csqa"'],
    ["--data ./c,b", "--data: expected one of"],
    ["--data boolq --test-on creak,", '--test-on: expected a value, got "creak,"'],
  ])("%s is refused", async (line, message) => {
    const env = { ...key, TURBO_INVOCATION_DIR: withCommas() };
    expect(await refused(line, { env })).toContain(message);
  });
});

describe("paths in flags", () => {
  it("that are relative are meant from where the user called turbo", async () => {
    const home = tempFolder({ "data/x.txt": "", "model/x.txt": "", "one.json": "", "how.txt": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const [run] = await plan(
      "--data boolq --results out --data-dir data --example one.json --instruction how.txt --encoder model --similarity-encoder ./model",
      { env },
    );
    expect(run?.flags).toMatchObject({
      results: join(home, "out"),
      dataDir: join(home, "data"),
      example: join(home, "one.json"),
      instruction: join(home, "how.txt"),
      encoder: join(home, "model"),
      similarityEncoder: join(home, "model"),
    });
    expect(run?.data.root).toBe(join(home, "data"));
  });

  it("that are relative are meant from the repository where turbo did not call", async () => {
    const [run] = await plan("--data boolq --results out --data-dir data/sample", { env: key });
    expect(run?.flags.results).toBe(join(repository, "out"));
    expect(run?.data).toMatchObject({ root: projectFolders.sample, kind: "sample" });
  });

  it("the results folder is the repository's wherever the user calls", async () => {
    const env = { ...key, TURBO_INVOCATION_DIR: tempFolder() };
    expect((await plan("--data boolq", { env }))[0]?.flags.results).toBe(
      join(repository, "results"),
    );
  });

  it("SEEDLING_DATA is the user's too", async () => {
    const home = tempFolder({ "data/x.txt": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home, SEEDLING_DATA: "data" };
    expect((await plan("--data boolq", { env }))[0]?.data.root).toBe(join(home, "data"));
  });

  it("a model's hub id stays as it is", async () => {
    const [run] = await plan("--data boolq --encoder X/y --instruction original", { env: key });
    expect(run?.flags).toMatchObject({
      encoder: "X/y",
      similarityEncoder: "Xenova/all-mpnet-base-v2",
      instruction: "original",
    });
  });

  it.each([
    ["--data boolq --example none.json", "--example: no file "],
    ["--data boolq --example .", "--example: no file "],
    ["--data boolq --instruction none.txt", "--instruction: no file "],
    ["--data boolq --instruction .", "--instruction: no file "],
    ["--data boolq --encoder ./none", "--encoder: no folder "],
    ["--data boolq --similarity-encoder /none/at/all", "--similarity-encoder: no folder "],
    ["--data boolq --data-dir none", "--data-dir: no folder "],
    ["--data boolq,creak --example one.json", "--example: expected one task in --data"],
  ])("%s is refused", async (line, expected) => {
    const env = { ...key, TURBO_INVOCATION_DIR: tempFolder({ "one.json": "{}" }) };
    expect(await refused(line, { env })).toContain(expected);
  });
});
