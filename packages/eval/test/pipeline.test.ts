import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  copySampleRows,
  listFiles,
  openServer,
  readArtefacts,
  runPipeline,
  smallEncoder,
} from "./run-stages.ts";

const key = "sk-test-0123456789abcdef0123456789";

/** A data folder with a few real-looking rows of open yes/no tasks and of multiple choice. */
function makeData(): string {
  const folder = copySampleRows();
  for (const split of ["train", "dev", "test"]) {
    mkdirSync(join(folder, "mcqa_5/csqa"), { recursive: true });
    const rows = Array.from({ length: 12 }, (_, i) => ({
      question: `where would one look for thing ${split} ${i}`,
      context: null,
      options: ["bank", "library", "store", "mall", "new york"],
      label: ["bank", "library", "store", "mall", "new york"][i % 5],
    }));
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
    writeFileSync(join(folder, "mcqa_5/csqa", `${split}.jsonl`), lines.join(""));
  }
  return folder;
}

const encoders = `--encoder ${smallEncoder} --similarity-encoder ${smallEncoder}`;
const small = `--examples 12 ${encoders}`;

describe("the whole loop against a real server", () => {
  it("goes from one example to the tables, through every fault, with the same bytes at any concurrency", async () => {
    const data = makeData();
    const [one, other] = [tempFolder(), tempFolder()];
    const args = `--data yesno_open/boolq,csqa --setting tree,similar,human --data-dir ${data} ${small}`;
    const faults: (Fault | undefined)[] = [
      "500",
      "cut half",
      "nonsense",
      undefined,
      "html",
      "429 wait 1",
      "no usage",
    ];
    const calm = { OPENAI_BASE_URL: await openServer() };
    const rough = {
      OPENAI_API_KEY: key,
      OPENAI_BASE_URL: await openServer({
        key,
        latency: (n) => (n * 37) % 90,
        faults: (n) => faults[n],
      }),
    };
    const first = await runPipeline(`${args} --concurrency 1 --results ${one}`, calm);
    const second = await runPipeline(`${args} --concurrency 16 --results ${other}`, rough);
    expect(first.output).not.toContain("failed");
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(readArtefacts(other)).toEqual(readArtefacts(one));
    const table3 = readFileSync(join(one, "tables/table3.md"), "utf8");
    for (const row of ["| human ", "| similar ", "| tree "]) expect(table3).toContain(row);
    expect(table3).toContain("live test-model");
    expect(table3).toContain("unverified benchmark files");
    expect(table3).not.toContain("SAMPLE");
    expect(readFileSync(join(one, "tables/table4.md"), "utf8")).toContain("yesno_open/pubmedqa");
    expect(first.output).toContain("mcqa_5/riddle_sense: not evaluated");
  });

  it("does nothing but print the tables the second time, and never asks again for another student", async () => {
    const data = makeData();
    const results = tempFolder();
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const args = `--data yesno_open/boolq --setting tree --data-dir ${data} --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: server.url };
    expect((await runPipeline(args, env)).code).toBe(0);
    const asked = server.asked.length;
    const before = readArtefacts(results);
    const again = await runPipeline(args, env);
    expect(again.output).toContain("already created");
    expect(again.output).toContain("already trained");
    expect(again.output).toContain("Table 3");
    expect(readArtefacts(results)).toEqual(before);
    const student = await runPipeline(`${args} --batch-size 8 --train-seed 2`, env);
    expect(student.code).toBe(0);
    expect(server.asked.length).toBe(asked);
  });

  it("lists a run that failed at the end, goes on with the others, and exits 1", async () => {
    const data = makeData();
    const results = tempFolder();
    const args = `--data csqa,piqa --setting tree --data-dir ${data} --results ${results} ${small}`;
    const { code, output } = await runPipeline(args, { OPENAI_BASE_URL: await openServer() });
    expect(code).toBe(1);
    expect(output).toMatch(/FAILED mcqa_2\/piqa tree seed 1, creation: expected the train split/);
    expect(output).toContain("--example FILE");
    expect(output).toContain("mcqa_5/csqa, 12 test items");
  });

  it("goes on with fewer examples if told to, says so in the tables, and tests on a user's folder", async () => {
    const data = makeData();
    const results = tempFolder();
    const url = await openServer({ faults: (n) => (n < 2 ? undefined : "empty") });
    const args = `--data csqa --setting random --data-dir ${data} --results ${results} --examples 40 --patience 3 ${encoders}`;
    const env = { OPENAI_BASE_URL: url, TURBO_INVOCATION_DIR: data };
    const short = await runPipeline(args, env);
    expect(short.code).toBe(1);
    expect(short.output).toMatch(/FAILED .*3 replies in a row with nothing kept.*--allow-short/);
    const { code, output } = await runPipeline(
      `${args} --allow-short --test-on ./mcqa_5/csqa`,
      env,
    );
    expect(code).toBe(0);
    expect(output).toMatch(/random +\d of 40 /);
    const table4 = readFileSync(join(results, "tables/table4.md"), "utf8");
    expect(table4).toMatch(
      /\| mcqa_5\/csqa +\| \.\/mcqa_5\/csqa \(own folder\) \| random +\| +\d of 40 \|/,
    );
  });

  it("writes the key nowhere, even if the server echoes it", async () => {
    const results = tempFolder();
    const url = await openServer({ key: "another" });
    const args = `--data csqa --setting tree --data-dir ${makeData()} --results ${results} ${small} --model m`;
    const { code, output } = await runPipeline(args, { OPENAI_BASE_URL: url, OPENAI_API_KEY: key });
    expect(code).toBe(1);
    expect(output).toContain("expected a valid key in OPENAI_API_KEY");
    expect(output).not.toContain(key);
    for (const path of listFiles(results)) expect(readFileSync(path, "utf8")).not.toContain(key);
  });

  it("replays a live creation without a server, labelled as a replay of its model and day", async () => {
    const data = makeData();
    const [results, replayed] = [tempFolder(), tempFolder()];
    const args = `--data csqa --setting random --data-dir ${data} ${encoders}`;
    const live = `${args} --examples 12 --results ${results}`;
    expect((await runPipeline(live, { OPENAI_BASE_URL: await openServer() })).code).toBe(0);
    const again = await runPipeline(`${args} --replay ${results} --results ${replayed}`, {});
    expect(again.code).toBe(0);
    expect(readFileSync(join(replayed, "tables/table3.md"), "utf8")).toMatch(
      /replay of test-model, \d{4}-\d\d-\d\d/,
    );
    const created = (folder: string) =>
      listFiles(folder)
        .filter((one) => one.endsWith("created.jsonl"))
        .map((one) => readFileSync(one, "utf8"));
    expect(created(replayed)).toEqual(created(results));
  });
});
