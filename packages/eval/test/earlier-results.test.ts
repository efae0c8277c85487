import { cpSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runEntry, sha256 } from "@seedling/core/internal";
import { createCreatorStage } from "@seedling/creator/internal";
import { runProgram, tempFolder } from "@seedling/testing";
import { openRefit, trainerStage } from "@seedling/trainer/internal";
import { expect, test } from "vitest";
import { readResults } from "../src/results/read-results.ts";
import { evalStage } from "../src/run/eval-stage.ts";
import { listFiles } from "./run-stages.ts";

/** Results and an own task, made by commit f62f4f1; its README.md says how. */
const fixture = join(import.meta.dirname, "fixtures/results-f62f4f1");

/** What an own task's training had before its defaults depended on the task, and no rows that nobody asked for. */
const before =
  "--class-weights none --names off --penalty accuracy --dev created --calibration none --baselines off";

/** The command lines that made what is done in it. */
const lines = [
  "--data boolq --setting tree,similar,direct,human --sample --similarity-encoder use-lite",
  `--data ./reviews --setting tree,human,direct --examples 20 ${before}`,
  `--data ./reviews --setting human --tune full --encoder /tmp/seedling-fixture/tiny-bert --learning-rates 1e-3,3e-3 --batch-size 8 --epochs 2 --backend wasm ${before}`,
];

test("every stage finds done what an earlier version made, and the tables keep their numbers", async () => {
  const home = tempFolder();
  for (const name of ["results", "reviews", "reviews-elsewhere"])
    cpSync(join(fixture, name), join(home, name), { recursive: true });
  rmSync(join(home, "results/tables"), { recursive: true });
  // Without a key, a server or a network.
  const env = { TURBO_INVOCATION_DIR: home };
  let output = "";
  for (const line of lines)
    for (const stage of [createCreatorStage(openRefit), trainerStage, evalStage]) {
      const args = `${line} --results ${home}/results`;
      const { out, err, code } = await runProgram((io) => runEntry(stage, io), args, { env });
      expect([code, err]).toEqual([0, ""]);
      output += out;
    }
  const count = (words: string) => output.split(words).length - 1;
  expect(count("already created")).toBe(3);
  expect(count("already answered")).toBe(2);
  expect(count("already trained")).toBe(6);
  expect(readRuns(join(home, "results"))).toEqual(readRuns(join(fixture, "results")));
  for (const name of ["table3", "table4", "table5", "figure5"]) {
    const path = `results/tables/${name}.csv`;
    expect(readNumbers(join(home, path)), name).toEqual(readNumbers(join(fixture, path)));
  }
  const [now, earlier] = [home, fixture].map((folder) =>
    JSON.parse(readFileSync(join(folder, "results/tables/tables.json"), "utf8")),
  );
  expect(now.failures).toEqual(earlier.failures);
  expect(now.leftOut).toEqual(earlier.leftOut);
});

test("what is trained and evaluated now names what it was made of by path and hash", async () => {
  const home = tempFolder();
  for (const name of ["results", "reviews", "reviews-elsewhere"])
    cpSync(join(fixture, name), join(home, name), { recursive: true });
  const results = join(home, "results");
  for (const stage of ["trainings", "evaluations"])
    rmSync(join(results, stage, "reviews/tree"), { recursive: true });
  const line = "--data ./reviews --setting tree --examples 20";
  const env = { TURBO_INVOCATION_DIR: home };
  for (const stage of [trainerStage, evalStage]) {
    const args = `${line} --results ${results}`;
    const { code } = await runProgram((io) => runEntry(stage, io), args, { env });
    expect(code).toBe(0);
  }
  const { evaluations, trainings, leftOut } = await readResults(results);
  expect(leftOut).toEqual([]);
  const run = evaluations.find(({ path }) => path.startsWith("evaluations/reviews/tree/"));
  const training = trainings.find(({ path }) => path === run?.training);
  const created = sha256(readFileSync(join(results, run?.creation ?? "", "created.jsonl")));
  const madeOf = { [`${run?.creation}/created.jsonl`]: created };
  expect(training?.manifest.inputs).toMatchObject(madeOf);
  const { classifier } = training?.manifest.outputs ?? {};
  expect(run?.manifest.inputs).toEqual({
    ...madeOf,
    classifier,
    [`${run?.training}/classifier`]: classifier,
    test: sha256(readFileSync(join(home, "reviews/test.jsonl"))),
  });
});

/** The contents of the stages' files by their paths. */
function readRuns(results: string): Record<string, string> {
  const paths = listFiles(results).map((path) => relative(results, path));
  const runs = paths.filter((path) => /^(creations|answers|trainings|evaluations)/.test(path));
  return Object.fromEntries(
    runs.sort().map((path) => [path, readFileSync(join(results, path), "latin1")]),
  );
}

/**
 * The numbers of a CSV file, by row and head, to nine digits: texts may change their wording, and a p may be computed
 * otherwise.
 */
function readNumbers(path: string): Record<string, number>[] {
  const [head = "", ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  const names = head.split(",");
  return rows.map((row) => {
    const cells = row.match(/("([^"]|"")*"|[^,]*)(,|$)/g)?.map((cell) => cell.replace(/,$/, ""));
    const numbers = names.flatMap((name, i) => {
      const cell = cells?.[i] ?? "";
      return cell !== "" && Number.isFinite(Number(cell))
        ? [[name, Number(Number(cell).toPrecision(9))] as const]
        : [];
    });
    return Object.fromEntries(numbers);
  });
}
