import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CreationManifest, endings, toCreationFolder } from "@seedling/core/internal";
import { openOpenaiServer, runScript, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { plan } from "../../core/test/planning.ts";
import {
  listFiles,
  openServer,
  repository,
  runPipeline,
  runStage,
  smallEncoder,
} from "./run-stages.ts";

/** A user's folder with two tasks in it: three fixed labels with all splits, and varying options with none. */
function settle() {
  const home = tempFolder();
  cpSync(join(repository, "packages/core/test/fixtures"), home, { recursive: true });
  return { home, results: join(home, "results") };
}

const small = `--encoder ${smallEncoder} --similarity-encoder ${smallEncoder}`;

describe("a task of the user's own", () => {
  it("with labels goes through all settings without any other change, to the tables", async () => {
    const { home, results } = settle();
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const args = `--data ./reviews --setting all --examples 20 --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: server.url, TURBO_INVOCATION_DIR: home };
    const { code, output } = await runPipeline(args, env);
    expect(output).not.toContain("failed");
    expect(code).toBe(0);
    expect(server.asked[0]?.body.messages[0]?.content).toMatch(
      /^Each question is a product review; the answer is its sentiment\.\n\nWrite a JSON array/,
    );
    const created = listFiles(results).filter((path) => path.endsWith("created.jsonl"));
    expect(created).toHaveLength(5);
    for (const path of created) {
      const lines = readFileSync(path, "utf8").trim().split("\n");
      expect(lines).toHaveLength(20);
      for (const line of lines)
        expect(JSON.parse(line).options).toEqual(["positive", "negative", "neutral"]);
    }
    const table3 = readFileSync(join(results, "tables/table3.md"), "utf8");
    for (const source of ["human", "naive", "random", "diverse", "similar", "tree"])
      expect(table3).toMatch(
        new RegExp(`\\| reviews +\\| reviews \\(own folder\\) \\| ${source} `),
      );
    expect(table3).toContain("live test-model");
    expect(table3).not.toContain("SAMPLE");
    const table4 = readFileSync(join(results, "tables/table4.md"), "utf8");
    expect(table4).toMatch(/\| reviews +\| \.\.\/reviews-elsewhere \(own folder\) \| tree /);
    const csv = readFileSync(join(results, "tables/table3.csv"), "utf8");
    expect(csv).toContain(",own,false,own,false,");
    expect(output).toContain("The classifier of reviews human seed 1: ");
  });

  it("without a test split tells its accuracy as what it is, and ends with a classifier to use", async () => {
    const { home, results } = settle();
    const args = `--data ./physics --setting naive,similar --examples 20 --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: await openServer(), TURBO_INVOCATION_DIR: home };
    const { code, output } = await runPipeline(args, env);
    expect(output).not.toContain("failed");
    expect(code).toBe(0);
    const { length } = output.match(
      /physics \w+ seed 1: no test\.jsonl in .*\/physics: accuracy on the created dev split, 2 examples the model itself labelled: \d+\.\d % \(\d+\.\d–\d+\.\d\)\n/g,
    ) ?? { length: 0 };
    expect(length).toBe(2);
    expect(output).not.toContain("Table 3");
    const use = output.trimEnd().split("\n").slice(-2);
    const used = await runScript(use.join("\n"), repository, [], { env });
    expect(used.out).toMatch(/label: .+,\s+probabilities: \{/);
    expect(used.code).toBe(0);
  });

  it("keeps its results when its folder moves, and is asked nothing twice", async () => {
    const { home, results } = settle();
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const args = `--setting tree --examples 10 --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: server.url, TURBO_INVOCATION_DIR: home };
    expect((await runPipeline(`--data ./reviews ${args}`, env)).code).toBe(0);
    const asked = server.asked.length;
    const before = listFiles(results).sort();
    mkdirSync(join(home, "moved"));
    for (const name of ["reviews", "reviews-elsewhere"])
      renameSync(join(home, name), join(home, "moved", name));
    const again = await runPipeline(`--data ./moved/reviews ${args}`, env);
    expect(again.code).toBe(0);
    expect(again.output).toContain("already created");
    expect(again.output).toContain("already trained");
    expect(server.asked).toHaveLength(asked);
    expect(listFiles(results).sort()).toEqual(before);
  });

  it("can be replayed without a server", async () => {
    const { home, results } = settle();
    const args = `--data ./physics --setting random ${small}`;
    const at = { TURBO_INVOCATION_DIR: home };
    const live = { ...at, OPENAI_BASE_URL: await openServer() };
    expect((await runPipeline(`${args} --examples 12 --results ${results}`, live)).code).toBe(0);
    const replayed = join(home, "replayed");
    const again = await runPipeline(`${args} --replay ${results} --results ${replayed}`, at);
    expect(again.code).toBe(0);
    const read = (folder: string) =>
      listFiles(folder)
        .filter((path) => path.endsWith("created.jsonl"))
        .map((path) => readFileSync(path, "utf8"));
    expect(read(replayed)).toEqual(read(results));
  });

  it("is refused with the forms to choose from where its task.json is missing", async () => {
    const home = tempFolder({ "mine/example.json": "{}" });
    const { code, output } = await runPipeline("--data ./mine", { TURBO_INVOCATION_DIR: home });
    expect(code).toBe(2);
    expect(output).toContain('"options": "varying"');
    expect(output).toContain('"options": ["positive", "negative", "neutral"]');
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+/m);
  });
});

describe("examples of the user's own", () => {
  it("are trained on from a file, and have human ones mixed in; the tables name both", async () => {
    const { home, results } = settle();
    const file = join(home, "handmade.jsonl");
    const text = readFileSync(join(home, "reviews/train.jsonl"), "utf8").replaceAll("this", "that");
    writeFileSync(file, text);
    const args = `--data ./reviews --created handmade.jsonl --results ${results} ${small}`;
    const env = { TURBO_INVOCATION_DIR: home };
    for (const words of ["", " --add-human 4"])
      expect((await runPipeline(`${args}${words}`, env)).code).toBe(0);
    const table3 = readFileSync(join(results, "tables/table3.md"), "utf8");
    expect(table3).toMatch(/\| file +\| +21 \|/);
    expect(table3).toMatch(/\| file\+4 human +\| +25 \|/);
    expect(table3).toMatch(/--created handmade\.jsonl \([0-9a-f]{12}\)/);
    expect(listFiles(results).some((path) => path.includes("/creations/"))).toBe(false);
  });
});

/** Leaves what a creator leaves that stopped at its cap. */
async function leavePartial(args: string, env: Record<string, string>, kept: number) {
  const [run] = await plan(args, { env });
  if (!run) throw new Error("expected a run");
  const folder = toCreationFolder(run);
  const usage = { promptTokens: 1, completionTokens: 1, uncounted: 0 };
  const manifest: Partial<CreationManifest> = {
    version: 1,
    stage: "create",
    task: run.task.name,
    source: run.source,
    seeds: run.seeds,
    data: { kind: "own", verified: true },
    completions: { kind: "live", model: "m", date: "2026-11-22T10:00:00.000Z" },
    conditions: {},
    formattingExample: { row: null },
    target: 500,
    kept,
    stopped: "cap",
    replies: 9,
    rejections: {},
    usage,
    costUsd: null,
    adapted: [],
    inputs: {},
    outputs: {},
    createdAt: "2026-11-22T10:00:00.000Z",
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, endings.partial), JSON.stringify(manifest));
  const train = readFileSync(join(dirname(run.task.folder ?? ""), "reviews/train.jsonl"), "utf8");
  const lines = train.split("\n").slice(0, kept);
  writeFileSync(join(folder, "created.jsonl"), `${lines.join("\n")}\n`);
}

describe("a creation that stopped at its cap", () => {
  it("is passed over by the later stages, and is no failure", async () => {
    const { home, results } = settle();
    const args = `--data ${home}/reviews --model m --baselines off --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    await leavePartial(args, env, 12);
    const trained = await runStage("trainer", args, env);
    expect(trained).toEqual({
      code: 0,
      output:
        "reviews tree seed 1: creation stopped at its cap, 12 of 500 kept: not trained (--allow-short trains on these)\n",
    });
    expect(await runStage("eval", args, env)).toEqual({ code: 0, output: "" });
    const short = `${args} --allow-short`;
    expect((await runStage("trainer", short, env)).code).toBe(0);
    const { code, output } = await runStage("eval", short, env);
    expect(code).toBe(0);
    expect(output).toMatch(/tree +12 of 500 /);
    expect(output).toContain("creation stopped short of what was asked for");
  });

  it("leaves no failure behind that was of another day", async () => {
    const { home, results } = settle();
    const args = `--data ${home}/reviews --model m --baselines off --results ${results} ${small}`;
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    expect((await runStage("trainer", args, env)).output).toContain("run the creator first");
    expect((await runStage("eval", args, env)).code).toBe(1);
    await leavePartial(args, env, 12);
    await runStage("trainer", args, env);
    expect(await runStage("eval", args, env)).toEqual({ code: 0, output: "" });
  });
});

it.each([
  [
    "trainer",
    /^Total, training: {3}2 to do \(1 once its examples are there\), 0 done; about \d.*\n$/m,
  ],
  [
    "eval",
    /^Total, evaluation: 4 to do \(4 wait for a classifier or answers\), 0 done; a run on a test set each\n$/,
  ],
] as const)("--dry-run: %s does nothing, and says what is to be done", async (stage, output) => {
  const { home, results } = settle();
  const args = `--data ${home}/reviews --setting tree,human --model m --baselines off --dry-run --results ${results}`;
  const ended = await runStage(stage, args, { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
  expect(ended).toEqual({ code: 0, output: expect.stringMatching(output) });
  expect(() => listFiles(results)).toThrow("ENOENT");
});
