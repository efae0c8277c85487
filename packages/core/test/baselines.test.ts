import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import {
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
} from "../src/runs/run.ts";
import { plan, refused, server } from "./planning.ts";

const reviews = join(import.meta.dirname, "fixtures/reviews");
const physics = join(import.meta.dirname, "fixtures/physics");
const own = (line: string) => plan(`--data ${reviews} ${line}`, { env: server, baselines: true });
const names = async (line: string) => (await own(line)).map(toRunName);

/** Own tasks in the form of `reviews`, with other labels. */
const labelled = (labels: unknown, options: string[]) =>
  tempFolder({
    "task.json": JSON.stringify({ name: "own", ...(labels as object) }),
    "example.json": JSON.stringify({ question: "A?", context: null, options, label: options[0] }),
  });

describe("baselines", () => {
  it("stand beside an own task's rows: a bag of words for each, the names once", async () => {
    expect(await names("--model m --setting tree,human,direct --seed 1,2")).toEqual([
      "reviews tree seed 1",
      "reviews tree seed 2",
      "reviews human seed 1",
      "reviews human seed 2",
      "reviews direct seed 1",
      "reviews direct seed 2",
      "reviews tree seed 1 bag of words",
      "reviews tree seed 2 bag of words",
      "reviews human seed 1 bag of words",
      "reviews human seed 2 bag of words",
      "reviews names seed 1",
    ]);
  });

  it("are trained on the same examples where an encoder selects them", async () => {
    const encoders = async (line: string) =>
      (await own(`--model m ${line}`)).slice(0, 2).map(({ flags }) => flags.selectEncoder);
    expect(await encoders("--encoder X/y --select coverage --keep 0.5")).toEqual([null, "X/y"]);
    const named = "--select coverage --keep 0.5 --select-encoder X/z";
    expect(await encoders(`--encoder X/y ${named}`)).toEqual(["X/z", "X/z"]);
    expect(await encoders("--encoder X/y")).toEqual([null, null]);
  });

  it("share what is created, and train with none of an encoder's flags", async () => {
    const line = "--model m --encoder X/y --dtype q8 --max-length 64 --prompt q: --features pair";
    const [run, bag, alone] = await own(line);
    if (!run || !bag || !alone) throw new Error("expected three runs");
    expect(toCreationFolder(bag)).toBe(toCreationFolder(run));
    expect(toTrainingFolder(bag)).not.toBe(toTrainingFolder(run));
    const [, plain] = await own("--model m");
    expect(plain && toTrainingFolder(plain)).toBe(toTrainingFolder(bag));
    // The names are read by the same encoder, whatever is created and trained.
    const [, , other] = await own(
      "--model other --encoder X/y --dtype q8 --max-length 64 --prompt q: --examples 9",
    );
    expect(other && toEvaluationFolder(other, other.task)).toBe(
      toEvaluationFolder(alone, alone.task),
    );
  });

  it.each([
    ["off", "--model m --baselines off", ["reviews tree seed 1"]],
    ["of shuffled labels", "--model m --labels shuffled", ["reviews tree seed 1"]],
    ["of a bag of words", "--model m --encoder bag-of-words", ["reviews tree seed 1"]],
    [
      "of a whole encoder tuned: words alone",
      "--model m --tune full --encoder X/y",
      ["reviews tree seed 1", "reviews tree seed 1 bag of words"],
    ],
  ])("%s", async (_, line, runs) => {
    expect(await names(line)).toEqual(runs);
  });

  it("have no names where these say nothing, unless they are described", async () => {
    const yesNo = labelled({ options: ["yes", "no"] }, ["yes", "no"]);
    const list = async (folder: string) =>
      (await plan(`--data ${folder} --model m`, { env: server, baselines: true })).map(
        ({ source }) => source,
      );
    expect(await list(yesNo)).toEqual(["tree", "tree"]);
    expect(await refused(`--data ${yesNo} --setting names`)).toMatch(
      /^--setting names: expected labels whose names or descriptions say what each is about/,
    );
    const described = labelled({ labels: { yes: "it is good", no: "it is bad" } }, ["yes", "no"]);
    expect(await list(described)).toEqual(["tree", "tree", "names"]);
  });

  it("are none of options that vary, and of benchmarks only by the flag", async () => {
    const count = async (line: string) =>
      (await plan(line, { env: server, baselines: true })).length;
    expect(await count(`--data ${physics} --model m`)).toBe(1);
    expect(await count("--data strategyqa --model m")).toBe(1);
    expect(await count("--data strategyqa,csqa --model m --baselines on")).toBe(3);
  });
});
