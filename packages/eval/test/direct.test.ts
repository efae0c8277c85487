import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openOpenaiServer, type ServerOptions, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { evaluationManifestSchema, type TestItem } from "../src/results/evaluation-manifest.ts";
import { copySampleRows, listFiles, openServer, runPipeline, runStage } from "./run-stages.ts";

/** A line that asks for the answers to the 32 test items of BoolQ and PubMedQA. */
const toLine = (data = copySampleRows()) =>
  `--data yesno_open/boolq --setting direct --data-dir ${data}`;

async function serve(options: ServerOptions = {}) {
  const server = await openOpenaiServer(options);
  onTestFinished(server.close);
  return server;
}

/** The stages that do anything: answers, then their evaluation. */
async function answer(args: string, env: Record<string, string>) {
  const asked = await runStage("creator", args, env);
  if (asked.code !== 0) return asked;
  const { code, output } = await runStage("eval", args, env);
  return { code, output: asked.output + output };
}

/** The evaluations of a results folder, in-domain first. */
function readEvaluations(results: string) {
  const paths = listFiles(join(results, "evaluations")).filter((path) =>
    path.endsWith("manifest.json"),
  );
  return paths.sort().map((path) => {
    const manifest = evaluationManifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    const lines = readFileSync(join(path, "../items.jsonl"), "utf8").trim().split("\n");
    return { manifest, items: lines.map((one) => JSON.parse(one) as TestItem) };
  });
}

/** What must repeat byte for byte. */
function readAnswers(results: string): string[] {
  const files = listFiles(results).filter((path) => /(answers|items)\.jsonl$/.test(path));
  return files.sort().map((path) => readFileSync(path, "utf8"));
}

describe("the language model answers the test items itself", () => {
  it("fails where most answers are cut, and goes on with a higher limit for those", async () => {
    let isCut = true;
    const server = await serve({ faults: () => (isCut ? "length" : undefined) });
    const results = tempFolder();
    const line = `${toLine()} --results ${results} --concurrency 4`;
    const env = { OPENAI_BASE_URL: server.url };
    const cut = await answer(`${line} --max-tokens 600`, env);
    expect(cut.output).toMatch(
      /failed: .*1\d of 1\d answers were cut at 600 tokens, before they chose an option: raise --max-tokens/,
    );
    expect(server.asked[0]?.body.max_tokens).toBe(600);
    const asked = server.asked.length;
    await answer(`${line} --max-tokens 600`, env);
    expect(server.asked.length - asked).toBeLessThan(16);
    isCut = false;
    const before = server.asked.length;
    const whole = await answer(`${line} --max-tokens 700`, env);
    expect(whole.output).not.toMatch(/^failed:/m);
    expect(server.asked.length - before).toBe(32);
  });

  it("each once, in-domain and cross-domain, and an unreadable answer is wrong and counted", async () => {
    const server = await serve();
    const results = tempFolder();
    const ended = await runPipeline(`${toLine()} --results ${results}`, {
      OPENAI_BASE_URL: server.url,
    });
    expect(ended).toMatchObject({ code: 0, output: expect.not.stringContaining("failed") });
    expect(server.asked).toHaveLength(32);
    const [, user] = server.asked[0]?.body.messages ?? [];
    expect(user?.content).not.toContain("Answer");
    const evaluations = readEvaluations(results);
    expect(evaluations.map(({ manifest }) => manifest.test.kind)).toEqual([
      "in-domain",
      "cross-domain",
    ]);
    for (const { manifest, items } of evaluations) {
      const unreadable = items.filter(({ predicted }) => predicted === "");
      expect(unreadable.length).toBeGreaterThan(0);
      expect(unreadable.every(({ right }) => !right)).toBe(true);
      expect(items.every(({ probabilities }) => probabilities.length === 0)).toBe(true);
      expect(manifest).toMatchObject({
        source: "direct",
        student: { encoder: "test-model", tune: "none" },
        completions: { kind: "live", model: "test-model" },
        train: { n: 0, labels: null },
        conditions: {},
        test: {
          n: 16,
          correct: items.filter(({ right }) => right).length,
          unreadable: unreadable.length,
          shared: { dev: 0, train: 0 },
        },
      });
      expect(manifest.test.correct).toBeGreaterThan(0);
    }
    expect(listFiles(results).some((path) => path.includes("/trainings/"))).toBe(false);
  });

  it("through every fault and at any concurrency with the same bytes, and never asks twice", async () => {
    const [calm, rough] = [tempFolder(), tempFolder()];
    const server = await serve();
    const env = { OPENAI_BASE_URL: server.url };
    const data = copySampleRows();
    const line = toLine(data);
    expect((await answer(`${line} --results ${calm} --concurrency 1`, env)).code).toBe(0);
    const again = await answer(`${line} --results ${calm} --train-seed 5 --examples 3`, env);
    expect(again.output).toContain("already answered");
    // PubMedQA's items are known from BoolQ's cross-domain test.
    const other = `--data pubmedqa --setting direct --data-dir ${data} --results ${calm}`;
    const partner = await answer(other, env);
    expect(partner.output).toContain("answers 16 test items of yesno_open/pubmedqa");
    expect(server.asked).toHaveLength(32);
    const faults = ["500", "cut half", undefined, "429", "nonsense", "cut before"] as const;
    const url = await openServer({ latency: (n) => (n * 37) % 50, faults: (n) => faults[n] });
    const ended = await answer(`${line} --results ${rough}`, { OPENAI_BASE_URL: url });
    expect(ended.code).toBe(0);
    const boolq = readAnswers(calm).filter((text) => readAnswers(rough).includes(text));
    expect(readAnswers(rough)).toHaveLength(4);
    expect(new Set(boolq)).toEqual(new Set(readAnswers(rough)));
  });

  it("up to a cap, is no failure then, and goes on from there under a larger one", async () => {
    const server = await serve();
    const results = tempFolder();
    const line = toLine();
    const env = { OPENAI_BASE_URL: server.url };
    const capped = await answer(`${line} --results ${results} --max-total-tokens 5000`, env);
    expect(capped.code).toBe(0);
    expect(capped.output).toMatch(/--max-total-tokens 5000: \d+ tokens spent/);
    const before = server.asked.length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(32);
    const partial = listFiles(results).filter((path) => path.endsWith("partial.json"));
    expect(partial).toHaveLength(1);
    const rest = await answer(`${line} --results ${results}`, env);
    expect(rest.code).toBe(0);
    expect(server.asked).toHaveLength(32);
    expect(readEvaluations(results)).toHaveLength(2);
    expect(listFiles(results).some((path) => path.endsWith("partial.json"))).toBe(false);
  });

  it("from a recording of it, without a server, to the same answers", async () => {
    const [live, replayed] = [tempFolder(), tempFolder()];
    const line = toLine();
    await answer(`${line} --results ${live}`, { OPENAI_BASE_URL: await openServer() });
    const replay = `${line} --replay ${live} --results ${replayed}`;
    expect((await answer(replay, {})).code).toBe(0);
    expect(readAnswers(replayed)).toEqual(readAnswers(live));
    const [one] = readEvaluations(replayed);
    expect(one?.manifest.completions?.kind).toBe("replay");
    const other = await runStage("creator", `${replay} --temperature 0`, {});
    expect(other.code).toBe(2);
    expect(other.output).toContain("--temperature 0 contradicts the recording");
  });

  it("from the bundled recording of the sample, without a key, and says SAMPLE; elsewhere it says what to set", async () => {
    const results = tempFolder();
    const ended = await answer(`--data boolq --setting direct --results ${results}`, {});
    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining("SAMPLE") });
    const evaluations = readEvaluations(results);
    expect(evaluations.map(({ manifest }) => manifest.completions?.kind)).toEqual([
      "sample",
      "sample",
    ]);
    const { code, output } = await runStage("creator", "--data csqa --setting direct", {});
    expect(code).toBe(2);
    expect(output).toMatch(/no sample is bundled for mcqa_5\/csqa .*set OPENAI_API_KEY/);
  });

  it("and never stand for another version of the test split, as many items as it may have", async () => {
    const [data, results] = [copySampleRows(), tempFolder()];
    const copied = `${toLine(data)} --results ${results}`;
    const env = { OPENAI_BASE_URL: await openServer() };
    await runStage("creator", copied, env);
    const file = join(data, "yesno_open/boolq/test.jsonl");
    const lines = readFileSync(file, "utf8").trim().split("\n");
    writeFileSync(file, `${lines.reverse().join("\n")}\n`);
    const { output } = await runStage("eval", copied, env);
    expect(output).toMatch(/answers.jsonl: expected answers to the test split .* another version/);
    expect(readEvaluations(results).map(({ manifest }) => manifest.test.kind)).toEqual([
      "cross-domain",
    ]);
  });

  it("lists a run that failed at the end, and mends it when run again", async () => {
    const results = tempFolder();
    const line = toLine();
    const env = { OPENAI_BASE_URL: await openServer({ models: ["other"] }) };
    const ended = await answer(`${line} --model m --results ${results}`, env);
    expect(ended.code).toBe(1);
    expect(ended.output).toMatch(
      /FAILED yesno_open\/boolq direct seed 1, creation: .*does not exist/,
    );
    const mended = { OPENAI_BASE_URL: await openServer({ models: ["m"] }) };
    expect((await answer(`${line} --model m --results ${results}`, mended)).code).toBe(0);
  });

  it("with a forecast of its requests, those that are missing alone", async () => {
    const server = await serve();
    const results = tempFolder();
    const line = toLine();
    const env = { OPENAI_BASE_URL: server.url };
    const dry = `${line} --results ${results} --dry-run`;
    const first = await runStage("creator", dry, env);
    expect(first.output).toMatch(/boolq direct seed 1 +32 +32 /);
    expect(server.asked).toHaveLength(0);
    await runStage("creator", `${line} --results ${results} --max-total-tokens 5000`, env);
    const left = 32 - server.asked.length;
    const second = await runStage("creator", dry, env);
    expect(second.output).toMatch(new RegExp(`boolq direct seed 1 +${left} +${left} `));
    await runStage("creator", `${line} --results ${results}`, env);
    expect((await runStage("creator", dry, env)).output).toContain("already answered");
  });
});
