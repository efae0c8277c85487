import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, openOpenaiServer, type ServerOptions, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  copyBenchmarks,
  findCreation,
  findCreations,
  listFiles,
  readKeys,
  readText,
  runCreator,
} from "./run-creator.ts";

async function serve(options: ServerOptions = {}) {
  const server = await openOpenaiServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A user's folder with data in it. */
function settle() {
  const cwd = tempFolder();
  copyBenchmarks(cwd);
  return { cwd, results: join(cwd, "results") };
}

const flags = ["--data", "boolq", "--data-dir", "data", "--results", "results"];
const nowhere = "http://127.0.0.1:9/v1";

describe("the experiment script of the creator", () => {
  it("needs neither key nor server for what is created, and names its model", async () => {
    const { cwd, results } = settle();
    const server = await serve();
    const command = [...flags, "--examples", "6", "--setting", "tree,direct,human"];
    await runCreator(command, { cwd, env: { OPENAI_BASE_URL: server.url } });
    const readAll = () => listFiles(results).map((path) => [path, readFileSync(path, "utf8")]);
    const before = readAll();
    await server.close();
    const { code, out, err } = await runCreator([...command, "--head", "mlp"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("all of it is finished already, by test-model; --model asks another");
    expect(out).toContain("yesno_open/boolq tree seed 1: already created");
    expect(out).toContain("yesno_open/boolq direct seed 1: already answered");
    expect(readAll()).toEqual(before);
    const other = await runCreator([...command, "--temperature", "0.5"], { cwd });
    expect(other.code).toBe(2);
    expect(other.err).toContain("--data-dir names benchmarks, but there is no language model");
  });

  it("fetches the encoder of diverse from the hub that HF_ENDPOINT names", async () => {
    const { cwd } = settle();
    const server = await serve();
    const command = [...flags, "--examples", "12", "--similarity-encoder", "some/body"];
    const { out } = await runCreator([...command, "--setting", "diverse"], {
      cwd,
      env: { OPENAI_BASE_URL: server.url, HF_ENDPOINT: "ftp://mirror" },
    });
    expect(out).toMatch(/^failed: .*HF_ENDPOINT: expected a URL such as .*got "ftp:\/\/mirror"$/m);
  });

  it("creates by all five settings, writes whole folders, and leaves human alone", async () => {
    const { cwd, results } = settle();
    const faults: Fault[] = ["429", "500", "cut half", "no usage", "length", "refusal"];
    const server = await serve({
      faults: (n) => (n % 4 === 0 ? faults[n / 4] : undefined),
      refuses: ["max_tokens"],
    });
    const { code, out, err } = await runCreator(
      [...flags, "--setting", "all", "--examples", "12", "--similarity-encoder", "use-lite"],
      { cwd, env: { OPENAI_BASE_URL: server.url } },
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    const creations = findCreations(results);
    expect(creations).toHaveLength(5);
    for (const creation of creations) {
      const manifest = JSON.parse(readText(creation, "manifest.json"));
      expect(manifest).toMatchObject({
        stage: "create",
        task: "yesno_open/boolq",
        data: { kind: "benchmark", verified: false },
        completions: { kind: "live", model: "test-model" },
        target: 12,
        kept: 12,
        stopped: null,
        costUsd: null,
        adapted: ["max_completion_tokens instead of max_tokens"],
      });
      const created = readText(creation, "created.jsonl").trim().split("\n");
      const lineage = readText(creation, "lineage.jsonl").trim().split("\n");
      expect([created.length, lineage.length]).toEqual([12, 12]);
      expect(readKeys(creation).length).toBeGreaterThanOrEqual(manifest.replies);
      expect(JSON.parse(readText(creation, "flags.json"))).toMatchObject({
        version: 1,
        values: { examples: 12, similarityEncoder: "use-lite", model: "test-model" },
      });
      const train = readFileSync(join(cwd, "data/yesno_open/boolq/train.jsonl"), "utf8");
      const example = JSON.parse(readText(creation, "example.jsonl"));
      const row = JSON.parse(train.split("\n")[manifest.formattingExample.row] ?? "null");
      expect(example).toEqual(row);
    }
    expect(out).toContain("boolq means yesno_open/boolq here");
    expect(out).toContain("naive seed 1: creating 12 examples live with test-model");
    expect(out).toMatch(/3 requests if each yields 5 \(more if fewer\), \d+ tokens each at worst/);
    expect(new Set(creations.map((one) => readText(one, "created.jsonl"))).size).toBe(5);
    expect(listFiles(results).filter((path) => /part$|partial|failed/.test(path))).toEqual([]);
  });

  it("creates nothing for human alone, and needs no server for it", async () => {
    const { cwd, results } = settle();
    const { code, err } = await runCreator([...flags, "--setting", "human"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(listFiles(results)).toEqual([]);
  });

  it("gives up in its own words when its patience is over, and goes on short if allowed to", async () => {
    const { cwd, results } = settle();
    const server = await serve({ faults: (n) => (n > 1 ? "empty" : undefined) });
    const args = [...flags, "--examples", "30", "--patience", "3", "--concurrency", "2"];
    const at = { cwd, env: { OPENAI_BASE_URL: server.url } };
    const stopped = await runCreator(args, at);
    expect(stopped.code).toBe(0);
    expect(stopped.out).toMatch(
      /failed: .*3 replies in a row with nothing kept, \d+ of 30 examples so far \(rejected: .*3 no JSON.*; the last, no JSON: ".*"\); a larger --patience waits for more, --allow-short goes on/,
    );
    const creation = findCreation(results);
    const asked = server.asked.length;
    expect(JSON.parse(readText(creation, "partial.json"))).toMatchObject({ stopped: "patience" });
    const short = await runCreator([...args, "--allow-short"], at);
    expect(short).toMatchObject({ code: 0, err: "" });
    expect(short.out).not.toContain("failed");
    expect(short.out).toMatch(/\n {2}3 replies in a row .*; a larger --patience waits for more\n$/);
    expect(server.asked).toHaveLength(asked);
    expect(listFiles(creation).filter((path) => path.endsWith("failed.json"))).toEqual([]);
  });
});

describe("a creation that gave up", () => {
  it("goes on with the same command once the server is as it should be", async () => {
    const { cwd, results } = settle();
    const server = await serve({ faults: (n) => (n < 4 ? "empty" : undefined) });
    const args = [...flags, "--examples", "10", "--patience", "3", "--concurrency", "1"];
    const at = { cwd, env: { OPENAI_BASE_URL: server.url } };
    expect((await runCreator(args, at)).out).toContain("3 replies in a row with nothing kept");
    const asked = server.asked.length;
    const again = await runCreator(args, at);
    expect(again.out).not.toContain("failed");
    expect(server.asked.length).toBeGreaterThan(asked);
    expect(readText(findCreation(results), "created.jsonl").trim().split("\n")).toHaveLength(10);
  });
});

describe("a key", () => {
  it("stands in no file and no output, though the server echoes it", async () => {
    const { cwd, results } = settle();
    const key = "unusual/key+of=no.known$shape";
    const server = await serve({ key: "another" });
    const { code, out, err } = await runCreator(
      [...flags, "--examples", "10", "--model", "test-model"],
      { cwd, env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: key } },
    );
    expect(code).toBe(0);
    expect(server.asked.length).toBeGreaterThan(0);
    expect(out).toMatch(/failed: .*401 .*\[key removed\].*expected a valid key in OPENAI_API_KEY/);
    const failed = JSON.parse(readText(findCreation(results), "failed.json"));
    expect(failed.error).toContain("401");
    const texts = listFiles(cwd).map((path) => readFileSync(path, "utf8"));
    for (const text of [out, err, ...texts]) {
      expect(text).not.toContain(key);
      expect(text).not.toMatch(/^\s+at .*:\d+:\d+/m);
    }
  });
});

describe("a server that is down", () => {
  it("fails the run in a file, not the stage, and keeps what was answered", async () => {
    const { cwd, results } = settle();
    const server = await serve({ faults: (n) => (n > 2 ? "cut before" : undefined) });
    const { code, out, err } = await runCreator(
      [
        ...flags,
        "--examples",
        "40",
        "--concurrency",
        "1",
        "--retries",
        "0",
        "--setting",
        "tree,naive",
      ],
      { cwd, env: { OPENAI_BASE_URL: server.url } },
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/failed: yesno_open\/boolq tree seed 1: no connection to http:/);
    expect(out).toMatch(/failed: yesno_open\/boolq naive seed 1: no connection/);
    const creations = findCreations(results);
    expect(creations).toHaveLength(2);
    for (const creation of creations) {
      const { error } = JSON.parse(readText(creation, "failed.json"));
      expect(error).toContain("no connection to");
      expect(listFiles(creation).some((path) => path.endsWith("manifest.json"))).toBe(false);
    }
    const tree = creations.find((one) => one.includes("/tree/")) ?? "";
    expect(readKeys(tree)).toHaveLength(3);
    const { kept, stopped } = JSON.parse(readText(tree, "partial.json"));
    expect(stopped).toBe("failure");
    expect(readText(tree, "created.jsonl").trim().split("\n")).toHaveLength(kept);
  });
});

const example = (more: object) =>
  JSON.stringify({
    question: "is the moon a planet",
    context: "The moon goes round the earth.",
    options: ["True", "False"],
    label: false,
    ...more,
  });

describe("--example", () => {
  it("is what the creation starts from", async () => {
    const { cwd, results } = settle();
    writeFileSync(join(cwd, "mine.json"), JSON.stringify(JSON.parse(example({})), null, 2));
    const server = await serve();
    const args = [...flags, "--examples", "8", "--example", "mine.json"];
    const at = { cwd, env: { OPENAI_BASE_URL: server.url } };
    expect(await runCreator(args, at)).toMatchObject({ code: 0, err: "" });
    expect(server.asked[0]?.body.messages[1]?.content).toContain(
      '"Question": "is the moon a planet"',
    );
    const creation = findCreation(results);
    expect(readText(creation, "example.jsonl")).toBe(`${example({})}\n`);
    expect(JSON.parse(readText(creation, "manifest.json"))).toMatchObject({
      formattingExample: { row: null },
    });
  });
});

describe("bad input is one line that says what was expected, exit code 2, and nothing written", () => {
  const live = { OPENAI_BASE_URL: nowhere };
  const named = ["--model", "m", "--examples", "5"];
  const cases: [string, string[], Record<string, string>, RegExp][] = [
    ["a flag", [...flags, "--seting", "tree"], live, /unknown option '--seting'.*--setting/],
    [
      "a task",
      ["--data", "boolk"],
      live,
      /--data: expected one of .*yesno_open\/boolq.* got "boolk"/,
    ],
    [
      "a setting",
      [...flags, "--setting", "trees"],
      live,
      /--setting: expected naive or random or .*got "trees"/,
    ],
    [
      "a value",
      [...flags, "--examples", "many"],
      live,
      /--examples: expected a whole number from 1 on, got "many"/,
    ],
    [
      "no server at the address, and no model named",
      flags,
      live,
      /127\.0\.0\.1:9\/v1\/models does not list its models: .*--model/,
    ],
    [
      "no key, no server, and no sample",
      ["--data", "creak"],
      {},
      /no sample is bundled for yesno_close\/creak.*OPENAI_API_KEY.*OPENAI_BASE_URL.*--replay/,
    ],
    [
      "an example that is evaluated on",
      [...flags, ...named, "--example", "test.json"],
      live,
      /expected an example that is not evaluated on; it stands in the test split of yesno_open\/boolq, row 3/,
    ],
    [
      "an example of another format",
      [...flags, ...named, "--example", "choice.json"],
      live,
      /--example .*choice.json: expected 2 options \["True", "False"\] and a context \(yesno_open\/boolq\)/,
    ],
    [
      "an example that is a folder",
      [...flags, ...named, "--example", "data"],
      live,
      /--example.*data/,
    ],
    [
      "an instruction that is a folder",
      [...flags, ...named, "--instruction", "data"],
      live,
      /--instruction.*data/,
    ],
  ];

  it.each(cases)("%s", async (_, args, env, expected) => {
    const { cwd, results } = settle();
    const test = readFileSync(join(cwd, "data/yesno_open/boolq/test.jsonl"), "utf8");
    writeFileSync(join(cwd, "test.json"), test.split("\n")[3] ?? "");
    writeFileSync(join(cwd, "choice.json"), example({ options: ["a", "b", "c"], label: "a" }));
    const { code, out, err } = await runCreator(args, { cwd, env });
    expect(err.trim()).toMatch(expected);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
    expect(out).not.toContain("failed");
    expect(listFiles(results)).toEqual([]);
  });

  it("a flag that contradicts a recording", async () => {
    const { cwd, results } = settle();
    const server = await serve();
    const at = { cwd, env: { OPENAI_BASE_URL: server.url } };
    const record = [...flags.slice(0, 4), "--results", "recorded", "--examples", "5"];
    expect((await runCreator(record, at)).code).toBe(0);
    const replay = ["--data", "boolq", "--replay", "recorded", "--results", "results"];
    const { code, err } = await runCreator([...replay, "--temperature", "0.5"], { cwd });
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).toContain("--temperature 0.5 contradicts the recording in");
    expect(code).toBe(2);
    expect(listFiles(results)).toEqual([]);
  });
});
