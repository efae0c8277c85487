import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { collectConditions, type Run, toAnswersFolder, toCreationFolder } from "../src/runs/run.ts";
import { options } from "./flag-changes.ts";
import { refused } from "./planning.ts";
import { base, changedBy, differing, only, toFolders } from "./stage-folders.ts";

describe("a file of examples", () => {
  const files = () =>
    tempFolder({ "a.jsonl": "1", "moved/b.jsonl": "1", "c.jsonl": "2", "how.txt": "x" });

  it("is known by its content, and nothing of a creation tells two trainings of it apart", async () => {
    const home = files();
    const of = async (words: string) =>
      toFolders(await only(`--data strategyqa --created ${home}/${words}`, {}));
    const a = await of("a.jsonl");
    expect(await of("moved/b.jsonl")).toEqual(a);
    expect(differing(a, await of("c.jsonl"))).toEqual(changedBy.train);
    expect(await of(`a.jsonl --num-examples 3 --instruction ${home}/how.txt`)).toEqual(a);
    expect(await of("a.jsonl --creation-seed 2 --example-seed 2")).toEqual(a);
    expect(differing(a, await of("a.jsonl --train-seed 2"))).toEqual(changedBy.train);
    expect(differing(a, await of("a.jsonl --add-human 3"))).toEqual(changedBy.train);
    expect(differing(a, await of("a.jsonl --examples 3"))).toEqual(changedBy.create);
    expect(a.train).toContain("/yesno_close-strategyqa/file/");
  });
});

describe("a task of the user's own", () => {
  const task = { options: ["good", "bad", "so so"], instruction: "Its quality." };
  const example = { question: "q", context: null, options: task.options, label: "bad" };
  const write = (folder: string, changes: object = {}, exampleChanges: object = {}) =>
    `${tempFolder({
      [`${folder}/task.json`]: JSON.stringify({ ...task, ...changes }),
      [`${folder}/example.json`]: JSON.stringify({ ...example, ...exampleChanges }),
      [`${folder}/test.jsonl`]: "",
    })}/${folder}`;
  const of = async (folder: string, words = "") =>
    toFolders(await only(`--data ${folder} --model m ${words}`));

  it("keeps its results when its folder moves, or is written another way", async () => {
    const there = write("reviews");
    expect(await of(write("reviews"))).toEqual(await of(there));
    expect(await of(write("elsewhere", { name: "reviews" }))).toEqual(await of(there));
    const lines = tempFolder({
      "reviews/task.json": JSON.stringify({ partners: [], ...task }, null, 4),
      "reviews/example.jsonl": `${JSON.stringify(example)}\n`,
      "reviews/test.jsonl": "",
    });
    expect(await of(`${lines}/reviews`)).toEqual(await of(there));
  });

  it.each<[string, string, object, object]>([
    ["a name", "others", {}, {}],
    ["an example", "reviews", {}, { label: "good" }],
    ["an instruction", "reviews", { instruction: "Its price." }, {}],
    ["its options", "reviews", { options: ["bad", "good", "so so"] }, {}],
  ])("has other results with another %s", async (_, folder, changes, exampleChanges) => {
    const other = await of(write(folder, changes, exampleChanges));
    expect(differing(await of(write("reviews")), other)).toEqual(changedBy.create);
  });

  it("has the same creation with another partner: only another test", async () => {
    const alone = await of(write("reviews"));
    const home = write("reviews", { partners: ["../reviews"], name: "reviews" });
    expect(differing(alone, await of(home))).toEqual([]);
    const root = write("reviews", { partners: ["./more"] });
    mkdirSync(join(root, "more"));
    writeFileSync(join(root, "more/test.jsonl"), "");
    const tested = await of(root);
    expect(differing(alone, tested)).toEqual(["evaluate"]);
    expect(tested.evaluate).toHaveLength(2);
    const moved = join(tempFolder(), "reviews");
    renameSync(root, moved);
    expect(await of(moved)).toEqual(tested);
  });

  it("does not read the example seed, nor where benchmarks are", async () => {
    const folder = write("reviews");
    const sample = tempFolder({ "SAMPLE.md": "#" });
    expect(await of(folder, "--example-seed 7")).toEqual(await of(folder));
    expect(await of(folder, `--data-dir ${sample}`)).toEqual(await of(folder));
  });

  const always = { classWeights: "balanced", calibration: "temperature" };

  it("has its own defaults: what they resolve to names its training where earlier versions did otherwise", async () => {
    const folder = write("reviews");
    const run = await only(`--data ${folder} --model m`);
    const own = { dev: "folds", names: "on", penalty: "agreement", ...always };
    expect(run.flags).toMatchObject(own);
    expect(collectConditions(run, "train")).toEqual(own);
    expect(collectConditions(run, "create")).toEqual({ examples: 500, model: "m", relabel: 1 });
    const benchmark = await only(base);
    expect(benchmark.flags.classWeights).toBe("none");
    expect(collectConditions(benchmark, "train")).toEqual({});
    const words =
      "--class-weights none --names off --penalty accuracy --dev created --calibration none";
    const before = await only(`--data ${folder} --model m ${words}`);
    expect(collectConditions(before, "train")).toEqual({});
    expect(differing(toFolders(run), toFolders(before))).toEqual(changedBy.train);
    const same = await only(`--data ${folder} --model m --class-weights balanced --names on`);
    expect(toFolders(same)).toEqual(toFolders(run));
  });

  const conditionsOf = async (folder: string, words: string) =>
    collectConditions(await only(`--data ${folder} --model m ${words}`), "train");
  it.each([
    ["labels by people", "", "--setting human", { dev: "folds", names: "choose", penalty: "loss" }],
    ["a dev split", "dev.jsonl", "", { names: "choose", penalty: "loss" }],
    ["--dev created", "", "--dev created", { names: "on" }],
    ["an MLP", "", "--head mlp", { dev: "stratified", head: "mlp" }],
    [
      "pairs of texts",
      "",
      "--features pair",
      { dev: "folds", features: "pair", penalty: "agreement" },
    ],
    ["a penalty", "", "--penalty 0.01 --names off", { dev: "folds", penalty: 0.01 }],
  ])("resolves its defaults for %s", async (_, file, words, expected) => {
    const folder = write("reviews");
    for (const name of ["train.jsonl", file]) if (name) writeFileSync(join(folder, name), "");
    expect(await conditionsOf(folder, words)).toEqual({ ...always, ...expected });
  });

  it("reads no names that say nothing, unless they are described", async () => {
    const labels = ["1", "2", "so so"];
    const folder = write("stars", { options: labels }, { options: labels, label: "1" });
    expect(await conditionsOf(folder, "")).not.toHaveProperty("names");
    const text = { options: labels, labels: { "1": "bad", "2": "good" } };
    const described = write("stars", text, { options: labels, label: "1" });
    expect(await conditionsOf(described, "")).toMatchObject({ names: "on" });
  });

  it.each([
    ["--names on --features pair", /^--names on: expected a linear head on one text/],
    ["--dev folds --head mlp", /^--dev folds: expected a linear head/],
    ["--penalty weak", /^--penalty: expected auto or loss or .*, or a number above 0, got "weak"$/],
  ])("refuses %s", async (words, expected) => {
    const folder = write("reviews");
    expect(await refused(`--data ${folder} --model m ${words}`)).toMatch(expected);
  });

  it("has its results apart from any benchmark's", async () => {
    const { create, evaluate } = await of(write("boolq"));
    expect(create).toMatch(/\/creations\/boolq\/tree\/[0-9a-f]{12}$/);
    expect(evaluate[0]).toMatch(/\/boolq\/tree\/[0-9a-f]{12}\/boolq-[0-9a-f]{12}$/);
  });
});

describe("human", () => {
  const human = "--data strategyqa --setting human";

  it.each([...options.values()].filter(({ changes }) => changes === "create"))(
    "reads of the creation's flags only those that draw from the train split: $words",
    async ({ name, words }) => {
      const [before, after] = [await only(human), await only(`${human} ${words}`)];
      const stages = differing(toFolders(before), toFolders(after));
      expect(stages).toEqual(name === "examples" ? changedBy.create : []);
    },
  );

  it("is drawn with the creation seed where it is drawn, and else the same for any", async () => {
    const of = async (words: string) => toFolders(await only(`${human} ${words}`));
    const drawn = await of("--examples 50");
    expect(differing(drawn, await of("--examples 50 --creation-seed 2"))).toEqual(changedBy.create);
    expect(await of("--examples 50 --example-seed 2")).toEqual(drawn);
    expect((await of("--seed 2")).create).toBe((await of("")).create);
  });

  it("is the same whoever would create beside it", async () => {
    const alone = toFolders(await only(human, {}));
    expect(toFolders(await only(`${human} --model m`))).toEqual(alone);
  });
});

describe("direct", () => {
  const direct = `${base} --setting direct`;

  it.each([
    "--encoder X/y",
    "--labels shuffled",
    "--examples 9",
    "--train-seed 5",
    "--reject contaminated",
  ])("does not read %s", async (words) => {
    expect(toFolders(await only(`${direct} ${words}`))).toEqual(toFolders(await only(direct)));
  });

  it.each(["--temperature 0", "--max-tokens 99", "--creation-seed 5", "--seed 5"])(
    "is asked anew with %s",
    async (words) => {
      const [one, other] = [await only(direct), await only(`${direct} ${words}`)];
      expect(toFolders(other).create).not.toBe(toFolders(one).create);
    },
  );

  it("has its answers apart from creations, in a folder for each test set", async () => {
    const run = await only(direct);
    const [test] = run.tests;
    expect(toCreationFolder(run)).toMatch(
      /\/answers\/yesno_close-strategyqa\/direct\/[0-9a-f]{12}$/,
    );
    expect(toAnswersFolder(run, test as Run["task"])).toBe(
      join(toCreationFolder(run), "yesno_close-strategyqa"),
    );
  });
});
