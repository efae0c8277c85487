import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Example } from "@seedling/core/internal";
import { type ServerOptions, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { labelPool } from "../src/direct/label-pool.ts";
import type { Agreement } from "../src/filters/verify.ts";
import { openBatchServer } from "./batch-server.ts";
import { findCreation, readKeys, readText, runCreator } from "./run-creator.ts";
import { readLines, readManifest, serve } from "./run-once.ts";

const options = ["billing", "refund", "other"];
const texts = Array.from({ length: 30 }, (_, i) => `the ${i}th message of many`);
const record = (question: string, more: object = {}) => JSON.stringify({ question, ...more });

/** A user's folder with an own task, of whose test split a text stands in the pool. */
function settle(pool = texts.map((text) => record(text)).join("\n"), name = "texts.jsonl") {
  const cwd = tempFolder({
    "task/task.json": JSON.stringify({ name: "intents", options }),
    "task/example.json": record("where is my money", { options, label: "refund" }),
    "task/test.jsonl": record("the 3th message of many", { options, label: "other" }),
    [name]: pool,
  });
  const base = `--data ./task --results results --pool ./${name} --baselines off`;
  const run = (line: string, url: string | null) =>
    runCreator(`${base} ${line}`.split(" ").filter(Boolean), {
      cwd,
      env: url === null ? {} : { OPENAI_BASE_URL: url },
    });
  return { cwd, run, results: join(cwd, "results") };
}

async function label(line: string, given: ServerOptions = {}, pool?: string, name?: string) {
  const { run, results, cwd } = settle(pool, name);
  const server = await serve(given);
  const ended = await run(`--setting pool ${line}`, server.url);
  return { ...ended, run, cwd, server, creation: findCreation(results) };
}

describe("texts of --pool", () => {
  it("are labelled blind, but for repeated ones and those that are tested on", async () => {
    const pool = [...texts, "THE 5th  message of many", "café", "cafe\u0301"];
    const lines = pool.map((text, i) => record(text, i < 4 ? { label: "x" } : {})).join("\n");
    const { code, out, server, creation } = await label("", {}, lines);
    expect([code, server.asked.length]).toEqual([0, 30]);
    expect(out).toContain("test-model labels 30 of 33 texts of texts.jsonl, 1 answer each");
    expect(out).toContain("3 texts set aside");
    expect(out).toContain("the labels that 4 texts of them have are not looked at");
    const manifest = readManifest(creation);
    const { kept, target, source, rejections, stopped, usage } = manifest;
    expect([source, target, stopped]).toEqual(["pool", kept, null]);
    expect(rejections).toMatchObject({ contaminated: 1, duplicate: 2 });
    expect(kept + (rejections["too little agreement"] ?? 0)).toBe(30);
    expect(usage.completionTokens).toBeGreaterThan(0);
    const [created, lineages] = [
      readLines(creation, "created.jsonl"),
      readLines(creation, "lineage.jsonl"),
    ];
    expect(created.map(({ question }) => question)).toEqual(lineages.map((one) => pool[one.pool]));
    for (const [i, { label: name }] of created.entries()) {
      const { answers, share } = lineages[i].agreement;
      expect([answers[options.indexOf(name)], share]).toEqual([1, 1]);
    }
    const rejected = readLines(creation, "rejected.jsonl");
    expect(rejected[0]).toMatchObject({
      pool: 3,
      reason: "contaminated",
      closeTo: { split: "test" },
    });
    const bodies = server.asked.map(({ body }) => JSON.stringify(body.messages));
    expect(bodies.some((text) => text.includes("the 3th message"))).toBe(false);
  });

  it("have the same bytes at any concurrency, and ask nothing twice after a cap", async () => {
    const one = await label("--relabel 3 --concurrency 1");
    const files = ["created.jsonl", "lineage.jsonl", "rejected.jsonl"];
    const read = (creation: string) => files.map((name) => readText(creation, name));
    const { run, creation, server, ...other } = await label(
      "--relabel 3 --concurrency 8 --max-total-tokens 3000",
      { latency: (n) => (n % 7) * 3 },
    );
    expect(other.out).toContain("a larger cap goes on from here");
    expect(readManifest(creation, "partial.json").stopped).toBe("cap");
    const asked = server.asked.length;
    expect(asked).toBeLessThan(87);
    const priced = await run("--setting pool --relabel 3 --dry-run", server.url);
    expect(priced.out).toMatch(/intents pool seed 1 +\d+ +\d+ \+ \d+/);
    expect((await run("--setting pool --relabel 3", server.url)).code).toBe(0);
    expect(read(creation)).toEqual(read(one.creation));
    const keys = readKeys(creation);
    expect([new Set(keys).size, server.asked.length]).toEqual([keys.length, 87]);
    expect((await run("--setting pool --relabel 3", server.url)).out).toContain("already labelled");
    expect((await run("--setting pool --relabel 3 --dry-run", null)).out).toContain(
      "already labelled",
    );
    expect(server.asked).toHaveLength(87);
  });

  it("are asked by batches, one for each look at the classifier, with the same bytes", async () => {
    const line = "--pool-limit 25 --model test-model";
    const live = await label(line);
    const { run, results } = settle();
    const server = await openBatchServer();
    onTestFinished(server.close);
    for (const n of [20, 5]) {
      expect((await run(`--setting pool --batch ${line}`, server.url)).out).toContain("submitted");
      expect(readManifest(findCreation(results), "partial.json").stopped).toBe("batch");
      expect(server.batches.at(-1)?.lines).toHaveLength(n);
      server.end();
    }
    expect((await run(`--setting pool --batch ${line}`, server.url)).code).toBe(0);
    const read = (creation: string) =>
      ["created.jsonl", "lineage.jsonl"].map((name) => readText(creation, name));
    expect(read(findCreation(results))).toEqual(read(live.creation));
    const rows = readLines(live.creation, "lineage.jsonl").map(({ pool }) => pool);
    expect(Math.max(...rows.slice(0, 18))).toBeLessThan(21);
    expect(Math.max(...rows)).toBeGreaterThan(24);
  });

  it("may be a table, and are labelled by letters' probabilities", async () => {
    const csv = `text,when\n${texts.slice(4, 10).join(",now\n")},now\n`;
    const { code, creation } = await label("--answers letters --labels soft", {}, csv, "my.csv");
    expect(code).toBe(0);
    const lineages = readLines(creation, "lineage.jsonl");
    expect(lineages).toHaveLength(6);
    for (const { agreement } of lineages) {
      const { probabilities } = agreement;
      expect(agreement.share).toBe(Math.max(...probabilities));
      expect(probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1);
    }
  });

  it("are replayed by themselves, and not beside what is created", async () => {
    const { run, creation, server, cwd } = await label("");
    const asked = server.asked.length;
    const line = `--setting pool --replay ${creation} --results again`;
    expect((await run(line, null)).err).toBe("");
    const again = findCreation(join(cwd, "again"));
    expect(readText(again, "created.jsonl")).toBe(readText(creation, "created.jsonl"));
    const beside = await run(`--setting tree,pool --replay ${creation} --results third`, null);
    expect(beside.code).toBe(2);
    expect(server.asked).toHaveLength(asked);
  });

  it.each([
    ["{", "texts.jsonl:1: "],
    [`${record("a text")}\n{"question": 4}`, "texts.jsonl:2: "],
    [
      `${record("a text")}\n${record("  ")}`,
      "texts.jsonl:2: question: expected a text, got blanks",
    ],
    [`${record("a text")}\n\n["x"]`, "texts.jsonl:3: "],
    ["", "expected texts in"],
  ])("are an error with its line before anything is asked: %s", async (pool, message) => {
    const { run } = settle(pool);
    const server = await serve();
    const { out, err } = await run("--setting pool", server.url);
    expect(server.asked).toHaveLength(0);
    expect(`${out}${err}`).toContain(message);
  });

  it("need a model, a file, and the flag that names them", async () => {
    const { run, cwd } = settle();
    const { code, err } = await run("--setting pool", null);
    expect(code).toBe(2);
    expect(err).toContain("set OPENAI_API_KEY");
    writeFileSync(join(cwd, "c.jsonl"), record("a", { options, label: "other" }));
    expect((await run("--created ./c.jsonl", null)).err).toContain("--pool: expected no --created");
    const plain = (line: string) =>
      runCreator(`--data ./task --results r ${line}`.split(" "), { cwd });
    expect((await plain("--setting pool")).err).toContain("--setting pool: expected the texts");
    expect((await plain("--setting tree --pool-limit 3")).err).toContain("expected --pool FILE");
    expect((await plain("--setting pool --pool no.csv")).err).toContain("--pool: no file");
    expect(existsSync(join(cwd, "r"))).toBe(false);
  });
});

describe("a part of the texts", () => {
  const pool = Array.from({ length: 100 }, (_, row) => {
    return { row, example: { question: `${row}`, context: null, options: ["a", "b"], label: 0 } };
  });
  /** Answers by whether a number is even; unreadable for those that end in 7. */
  const answer = async ({ question }: Example): Promise<Agreement> => {
    const readable = !question.endsWith("7");
    const isEven = Number(question) % 2 === 0;
    const answers = readable ? [Number(isEven), Number(!isEven)] : [0, 0];
    return { asked: 1, agreed: 0, unreadable: Number(!readable), share: 0, answers };
  };
  async function choose(limit: number, isJudged: boolean, concurrency = 1) {
    const kept: number[] = [];
    const fits: number[] = [];
    await labelPool(pool, {
      ...{ limit, answer, concurrency, minAgreement: null },
      judge: isJudged
        ? async (labelled, others) => {
            fits.push(labelled.length);
            return others.map(({ question }) => 1 - Number(question) / 1000);
          }
        : null,
      keep: (example, { row }) => {
        expect(example.label).toBe(row % 2);
        kept.push(row);
      },
      reject: ({ reason }, { row }) => {
        expect([reason, row % 10]).toEqual(["too little agreement", 7]);
      },
    });
    return { kept, fits };
  }
  const rows = (from: number, to: number, step = 1) =>
    Array.from({ length: Math.abs(to - from) }, (_, i) => from + i * step).filter(
      (row) => row % 10 !== 7,
    );

  it("is the first ones, then those that a classifier is least sure of, twice as many each time", async () => {
    const { kept, fits } = await choose(70, true);
    expect(kept).toEqual([...rows(0, 20), ...rows(99, 49, -1)]);
    expect(fits).toEqual([18, 36]);
    expect((await choose(70, true, 9)).kept).toEqual(kept);
  });

  it("is in the file's order without a classifier, and where all are labelled", async () => {
    expect((await choose(30, false)).kept).toEqual(rows(0, 30));
    expect(await choose(100, true)).toEqual({ kept: rows(0, 100), fits: [] });
  });
});
