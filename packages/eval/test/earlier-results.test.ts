import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listFiles, runStage, stages } from "./run-stages.ts";

/** Results and an own task, made by commit f62f4f1; its README.md says how. */
const fixture = join(import.meta.dirname, "fixtures/results-f62f4f1");

/** The command lines that made what is done in it. */
const lines = [
  "--data boolq --setting tree,similar,direct,human --sample --similarity-encoder use-lite",
  "--data ./reviews --setting tree,human,direct --examples 20 --model test-model",
  "--data ./reviews --setting human --tune full --encoder /tmp/seedling-fixture/tiny-bert --learning-rates 1e-3,3e-3 --batch-size 8 --epochs 2 --backend wasm",
];

let home: string;
let output = "";

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "seedling-earlier-"));
  for (const name of ["results", "reviews", "reviews-elsewhere"])
    cpSync(join(fixture, name), join(home, name), { recursive: true });
  rmSync(join(home, "results/tables"), { recursive: true });
  // Nothing listens there: what asks a model fails.
  const env = { TURBO_INVOCATION_DIR: home, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  for (const line of lines)
    for (const stage of stages)
      output += (await runStage(stage, `${line} --results ${home}/results`, env)).output;
}, 120_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

test("every stage finds done what an earlier version made, and writes nothing but tables", () => {
  expect(output).not.toContain("failed:");
  const count = (words: string) => output.split(words).length - 1;
  expect(count("already created")).toBe(3);
  expect(count("already answered")).toBe(2);
  expect(count("already trained")).toBe(6);
  expect(readRuns(join(home, "results"))).toEqual(readRuns(join(fixture, "results")));
});

test.each(["table3", "table4", "table5", "figure5"])("%s has the same numbers", (name) => {
  const path = `results/tables/${name}.csv`;
  expect(readNumbers(join(home, path))).toEqual(readNumbers(join(fixture, path)));
});

test("what stopped or failed is named", () => {
  expect(output).toMatch(/1 run failed/);
  const tables = JSON.parse(readFileSync(join(home, "results/tables/tables.json"), "utf8"));
  const before = JSON.parse(readFileSync(join(fixture, "results/tables/tables.json"), "utf8"));
  expect(tables.failures).toEqual(before.failures);
});

/** The contents of the stages' files by their paths. */
function readRuns(results: string): Record<string, string> {
  const paths = listFiles(results).map((path) => relative(results, path));
  const runs = paths.filter((path) => /^(creations|answers|trainings|evaluations)/.test(path));
  return Object.fromEntries(
    runs.sort().map((path) => [path, readFileSync(join(results, path), "latin1")]),
  );
}

/** The numbers of a CSV file, by row and head; texts may change their wording. */
function readNumbers(path: string): Record<string, number>[] {
  const [head = "", ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  const names = head.split(",");
  return rows.map((row) => {
    const cells = row.match(/("([^"]|"")*"|[^,]*)(,|$)/g)?.map((cell) => cell.replace(/,$/, ""));
    const numbers = names.flatMap((name, i) => {
      const cell = cells?.[i] ?? "";
      return cell !== "" && Number.isFinite(Number(cell)) ? [[name, Number(cell)] as const] : [];
    });
    return Object.fromEntries(numbers);
  });
}
