import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { overflow, toyCheckpoint } from "../../trainer/test/toy-student.ts";
import { listFiles, readArtefacts, runPipeline, runStage, smallEncoder } from "./run-stages.ts";

/** A user's task folder with these lines in its splits. */
function toTask(options: unknown, rows: readonly object[], test: readonly object[]): string {
  const lines = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).join("\n");
  return tempFolder({
    "task.json": JSON.stringify({ options, name: "own" }),
    "example.json": lines(rows.slice(0, 1)),
    "train.jsonl": lines(rows),
    "dev.jsonl": lines(rows),
    "test.jsonl": lines(test),
  });
}

const fixed = (question: string, label: string) => ({ question, options: ["yes", "no"], label });

/** Reads the one file of a name in a results folder. */
function readOne(results: string, end: string): string {
  const paths = listFiles(results).filter((path) => path.endsWith(end));
  expect(paths).toHaveLength(1);
  return readFileSync(paths[0] ?? "", "utf8");
}

it("an item whose scores are no numbers is an error of its own; the tables keep the evaluation", async () => {
  const encoder = toyCheckpoint("tiny-bert");
  await overflow(encoder, "whale");

  const rows = ["tree", "bird", "sky", "river", "town", "sun"].flatMap((word) => [
    fixed(`the good ${word}`, "yes"),
    fixed(`the bad ${word}`, "no"),
  ]);
  const data = toTask(["yes", "no"], rows, [...rows, fixed("the good whale", "yes")]);
  const results = tempFolder();
  const { code, output } = await runPipeline(
    `--data ${data} --setting human --encoder ${encoder} --runtime tfjs --backend wasm --baselines off --results ${results}`,
    {},
  );
  expect(output).toContain(
    "; 1 item without an answer, the scores are no numbers: row 12 of items.jsonl",
  );
  expect(code).toBe(0);
  const items = readOne(results, "items.jsonl").trim().split("\n");
  expect(JSON.parse(items.at(-1) ?? "")).toMatchObject({
    gold: "yes",
    predicted: "",
    probabilities: [],
    right: false,
  });
  expect(JSON.parse(items[0] ?? "").probabilities).toHaveLength(2);
  expect(output).toContain("own (own folder), 13 test items");
  expect(output).not.toMatch(/left out|unreadable/);
});

it("a classifier whose encoder was changed evaluates nothing more", async () => {
  const encoder = toyCheckpoint("tiny-bert");
  const rows = [fixed("the good tree", "yes"), fixed("the bad tree", "no")];
  const data = toTask(["yes", "no"], rows, rows);
  const flags = `--data ${data} --setting human --encoder ${encoder} --runtime tfjs --backend wasm --baselines off --results ${tempFolder()}`;
  expect((await runPipeline(flags, {})).code).toBe(0);
  const config = join(encoder, "config.json");
  writeFileSync(config, `${readFileSync(config, "utf8")} `);
  const more = tempFolder({ "test.jsonl": readFileSync(join(data, "test.jsonl"), "utf8") });
  const { code, output } = await runStage("eval", `${flags} --test-on ${more}`, {});
  expect(output).toMatch(/failed: own human .*expected the encoder that it was trained on/);
  expect(code).toBe(1);
});

it("a second folder of the same name overwrites nothing, and says so", async () => {
  const home = tempFolder();
  const [results, first, second] = ["results", "v1", "v2"].map((name) => join(home, name));
  const rows = [fixed("the good tree", "yes"), fixed("the bad tree", "no")];
  const write = (folder = "", train: object[], test: object[]) =>
    cpSync(toTask(["yes", "no"], train, test), join(folder, "own"), { recursive: true });
  const run = (folder = "") =>
    runPipeline(
      `--data ${folder}/own --setting human --encoder ${smallEncoder} --results ${results}`,
      {},
    );
  write(first, rows, rows);
  expect((await run(first)).code).toBe(0);
  const before = readArtefacts(results ?? "");

  write(second, [...rows, fixed("the good sky", "yes")], rows);
  const trained = await run(second);
  expect(trained.output).toContain(`made of ${first}/own, a folder of the same name`);
  expect(trained.code).toBe(1);
  expect(readArtefacts(results ?? "")).toEqual(before);

  // The same training, and another test split.
  rmSync(second ?? "", { recursive: true });
  write(second, rows, rows.slice(0, 1));
  const tested = await run(second);
  expect(tested.output).toMatch(/evaluations\/.*: made of .*v1\/own, a folder of the same name/);
  expect(tested.code).toBe(1);
  expect(readArtefacts(results ?? "")).toEqual(before);

  // Its own data may change, or move.
  rmSync(second ?? "", { recursive: true });
  renameSync(first ?? "", second ?? "");
  writeFileSync(join(second ?? "", "own/test.jsonl"), JSON.stringify(rows[0]));
  const moved = await run(second);
  expect(moved.output).toContain("1 of 1 right");
  expect(moved.code).toBe(0);
});

it("chance is the mean of 1/k where items have other numbers of options; how many were cut is said", async () => {
  const toRow = (at: number) => {
    const options = at === 0 ? ["a", "b"] : ["a", "b", "c", "d", "e"];
    return { question: `question ${at} of more words than are read of it?`, options, label: "a" };
  };
  const rows = Array.from({ length: 11 }, (_, at) => toRow(at));
  const results = tempFolder();
  const { code, output } = await runPipeline(
    `--data ${toTask("varying", rows, rows)} --setting human --encoder ${smallEncoder} --max-length 8 --results ${results}`,
    {},
  );
  expect(code).toBe(0);
  for (const what of ["train", "dev", "test"])
    expect(output).toContain(
      `  11 of 11 ${what} examples cut to what the encoder reads, at the end`,
    );
  expect(output).toContain("11 test items, chance 22.73");
  expect(JSON.parse(readOne(join(results, "evaluations"), "manifest.json")).test).toMatchObject({
    optionCount: 2,
    optionCounts: { 2: 1, 5: 10 },
  });
});
