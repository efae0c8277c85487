import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { writeRun } from "../../eval/test/evaluation-runs.ts";
import { evaluation, seeded } from "../../eval/test/manifests.ts";
import {
  copySampleRows,
  readArtefacts,
  runPipeline,
  runStage,
} from "../../eval/test/run-stages.ts";
import { tables } from "../src/tables.ts";

async function runTables(args: string[], cwd?: string) {
  const { code, out, err } = await runProgram(tables, args, cwd ? { cwd } : {});
  return { code, output: out + err };
}

describe("npm run tables", { timeout: 120_000 }, () => {
  test("makes everything from a folder's files alone, twice the same bytes", async () => {
    const home = tempFolder();
    const results = join(home, "results");
    const creak = (id: string) => `evaluations/yesno_close-creak/tree/${id}/yesno_close-creak`;
    for (const seed of [1, 2, 3]) {
      const inputs = { classifier: `0${seed}` };
      writeRun(results, creak(`a${seed}`), evaluation({ ...seeded(seed), inputs }));
    }
    writeRun(results, creak("edited"), evaluation({ test: { correct: 1 } }), []);
    const { code, output } = await runTables(["--results", "results"], home);
    expect(output).toMatch(/tree +100 +58.31 /);
    expect(output.replace(/\s+/g, " ")).toContain(
      `Left out: ${creak("edited")}/manifest.json: changed`,
    );
    expect(output).toContain(`The report: ${join(results, "report.html")}`);
    expect(code).toBe(0);
    const read = () => {
      const tables = join(results, "tables");
      const files = readdirSync(tables).map((name) => readFileSync(join(tables, name), "utf8"));
      return [...files, readFileSync(join(results, "report.html"), "utf8")];
    };
    const first = read();
    expect(first).toHaveLength(20);
    expect((await runTables(["--results", results])).code).toBe(0);
    expect(read()).toEqual(first);
  });

  test("says of all experiments what each one's own ending said", async () => {
    const results = tempFolder();
    const made = `--data yesno_open/boolq --data-dir ${copySampleRows()} --setting human --examples 12`;
    const run = (name: string) =>
      runPipeline(`--experiment ${name} ${made} --results ${results}`, {});
    const read = () => ({
      tables: readArtefacts(join(results, "tables")),
      report: readFileSync(join(results, "report.html"), "utf8"),
    });
    expect((await run("table4-small")).code).toBe(0);
    const { code, output } = await run("table3-small");
    expect(code).toBe(0);
    const ending = output.slice(output.indexOf("Table 3")).replace(/\s+/g, " ");
    expect(ending).toContain("Experiment table3-small: Table 3 by our defaults ");
    expect(ending).not.toContain("Experiment table4-small: ");
    const before = read();
    expect(before.tables["/table3.md"]).toContain("Experiment table4-small: Table 4 (the runs of");
    const again = await runTables(["--results", results]);
    expect(again.output.replace(/\s+/g, " ")).toMatch(
      /Experiment table3-small: Table 3 by our defaults .* Experiment table4-small: Table 4 /,
    );
    expect(read()).toEqual(before);
  });

  test("an experiment that evaluated nothing is none of them", async () => {
    const results = tempFolder();
    const line = `--experiment table3-small --data boolq --sample --setting human --results ${results}`;
    expect((await runStage("eval", line, {})).code).toBe(0);
    expect(existsSync(join(results, "experiments"))).toBe(false);
  });

  test("lists the runs that failed", async () => {
    const failed = JSON.stringify({ error: "no reply", at: "2026-11-29T12:00:00.000Z" });
    const path = "creations/yesno_close-creak/tree/ab12cd34ef56";
    const results = tempFolder({ [`${path}/failed.json`]: failed });
    const { code, output } = await runTables(["--results", results]);
    expect(code).toBe(0);
    expect(output).toContain(`FAILED creation ${path}: no reply\n`);
  });

  test("says so where there is nothing yet", async () => {
    const results = tempFolder();
    const { code, output } = await runTables(["--results", results]);
    expect(output).toBe(`No evaluations yet in ${results}\n`);
    expect(code).toBe(0);
  });

  test("a folder that is not there is a bad flag", async () => {
    const { code, output } = await runTables(["--results", "/no/such/folder"]);
    expect(output).toBe("--results: no folder /no/such/folder\n");
    expect(code).toBe(2);
    expect(existsSync("/no/such/folder")).toBe(false);
  });
});

describe("the command line", () => {
  test.each([
    [["--result", "x"], "unknown option '--result'"],
    [["x"], "too many arguments"],
    [["--results"], "argument missing"],
  ])("%j is refused", async (args, message) => {
    const { code, output } = await runTables(args);
    expect(code).toBe(2);
    expect(output).toContain(message);
  });

  test("has a help text", async () => {
    const { code, output } = await runTables(["--help"]);
    expect(code).toBe(0);
    expect(output).toMatch(/^Usage: npm run tables -- [\s\S]*--results <dir>/);
  });
});
