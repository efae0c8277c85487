import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FlagError,
  parseCommandLine,
  parseExamples,
  planExperiment,
  type Run,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { checkUnseen, loadFormattingExample } from "../src/run/prepare-creation.ts";
import { copyBenchmarks } from "./run-creator.ts";

const deps = { fetch: () => expect.fail("expected no request"), log: () => {} };

/** The run of a user in `cwd` with the bundled sample's files as their benchmarks. */
async function toRun(cwd: string, ...args: string[]): Promise<Run> {
  const flags = ["--data", "boolq", "--data-dir", "data", "--model", "m", ...args];
  const asked = await parseCommandLine(flags, async () => ({}));
  const env = { TURBO_INVOCATION_DIR: cwd, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  const [run] = await planExperiment(asked ?? expect.fail("help"), { env, ...deps });
  return run ?? expect.fail("no run");
}

function settle(example: object = {}) {
  const cwd = tempFolder();
  const data = copyBenchmarks(cwd);
  const mine = {
    question: "is the moon a planet",
    context: "The moon goes round the earth.",
    options: ["True", "False"],
    label: false,
    ...example,
  };
  writeFileSync(join(cwd, "mine.json"), JSON.stringify(mine));
  return { cwd, data, boolq: join(data, "yesno_open/boolq") };
}

/** As a creation that is not done does. */
async function loadChecked(run: Run) {
  const { givenAt, ...loaded } = await loadFormattingExample(run, deps);
  if (givenAt !== null) await checkUnseen(loaded.example, givenAt, run, deps);
  return loaded;
}

describe("a drawn formatting example", () => {
  it("is a row of the train split, the same for the same seed and another for others", async () => {
    const { cwd, boolq } = settle();
    const train = parseExamples(readFileSync(join(boolq, "train.jsonl"), "utf8"), "train");
    const rows = new Set<number | null>();
    for (const seed of ["1", "2", "3", "4", "5", "6"]) {
      const run = await toRun(cwd, "--example-seed", seed);
      const { example, row, verified } = await loadFormattingExample(run, deps);
      expect(train[row ?? -1]).toEqual(example);
      expect(verified).toBe(false);
      expect((await loadFormattingExample(run, deps)).row).toBe(row);
      rows.add(row);
    }
    expect(rows.size).toBeGreaterThan(1);
  });

  it("depends on the example seed alone", async () => {
    const { cwd } = settle();
    const rows = await Promise.all(
      [[], ["--creation-seed", "9"], ["--train-seed", "9"], ["--setting", "naive"]].map(
        async (args) => (await loadFormattingExample(await toRun(cwd, ...args), deps)).row,
      ),
    );
    expect(new Set(rows).size).toBe(1);
  });

  it("needs a train split, or --example and --examples", async () => {
    const { cwd, boolq } = settle();
    rmSync(join(boolq, "train.jsonl"));
    await expect(loadFormattingExample(await toRun(cwd), deps)).rejects.toThrow(
      /expected the train split of yesno_open\/boolq at .*train.jsonl; .*--example FILE .*--examples N/,
    );
  });

  it("names file and line where the train split is damaged", async () => {
    const { cwd, boolq } = settle();
    const path = join(boolq, "train.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("\n", "\n{oops\n"));
    await expect(loadFormattingExample(await toRun(cwd), deps)).rejects.toThrow(
      `${path}:2: expected one JSON value a line`,
    );
  });
});

describe("a given formatting example", () => {
  const load = async (cwd: string) => loadChecked(await toRun(cwd, "--example", "mine.json"));

  it("is taken as it is", async () => {
    expect(await load(settle().cwd)).toMatchObject({
      example: {
        question: "is the moon a planet",
        context: "The moon goes round the earth.",
        options: ["True", "False"],
        label: 1,
      },
      further: [],
      row: null,
    });
  });

  it("may stand in the train split", async () => {
    const { cwd, boolq } = settle();
    const [first] = readFileSync(join(boolq, "train.jsonl"), "utf8").split("\n");
    writeFileSync(join(cwd, "mine.json"), first ?? "");
    expect((await load(cwd)).row).toBeNull();
  });

  it.each([
    ["the dev split", "yesno_open/boolq/dev.jsonl", "dev split of yesno_open/boolq, row 5"],
    ["the test split", "yesno_open/boolq/test.jsonl", "test split of yesno_open/boolq, row 5"],
    ["a partner's", "yesno_open/pubmedqa/test.jsonl", "test split of yesno_open/pubmedqa, row 5"],
  ])(
    "is refused where its question stands in %s, however it is written",
    async (_, file, where) => {
      const { cwd, data } = settle();
      const line = readFileSync(join(data, file), "utf8").split("\n")[5] ?? "";
      const { question } = JSON.parse(line);
      const mine = { ...JSON.parse(line), question: ` ${question.toUpperCase()} ` };
      writeFileSync(join(cwd, "mine.json"), JSON.stringify(mine));
      const error = await load(cwd).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FlagError);
      expect((error as Error).message).toContain(where);
    },
  );

  it("is not held against a split that is not there and so is not evaluated", async () => {
    const { cwd, data } = settle();
    rmSync(join(data, "yesno_open/pubmedqa"), { recursive: true });
    expect((await load(cwd)).row).toBeNull();
  });

  it.each([
    ["no context", { context: null }],
    ["other options", { options: ["Yes", "No"], label: "Yes" }],
    ["three options", { options: ["True", "False", "Maybe"] }],
  ])("is refused where the task's format is another: %s", async (_, more) => {
    const error = await load(settle(more).cwd).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagError);
    expect((error as Error).message).toContain(
      'expected 2 options ["True", "False"] and a context',
    );
  });

  it.each([
    ["no JSON", "question: x", "mine.json: expected one JSON value"],
    ["no example", "[]", "mine.json: expected one JSON object a line, got a JSON array"],
    [
      "a label that is no option",
      JSON.stringify({ question: "q", options: ["a", "b"], label: "c" }),
      "mine.json: expected a label among the options",
    ],
  ])("names its file and what was expected: %s", async (_, text, message) => {
    const { cwd } = settle();
    writeFileSync(join(cwd, "mine.json"), text);
    await expect(load(cwd)).rejects.toThrow(message);
  });
});

describe("an own task's formatting example", () => {
  const reviews = join(import.meta.dirname, "../../core/test/fixtures/reviews");
  const settleOwn = () => {
    const cwd = tempFolder();
    cpSync(reviews, join(cwd, "reviews"), { recursive: true });
    cpSync(`${reviews}-elsewhere`, join(cwd, "reviews-elsewhere"), { recursive: true });
    return cwd;
  };
  const load = async (cwd: string, ...args: string[]) => loadChecked(await toOwnRun(cwd, ...args));

  async function toOwnRun(cwd: string, ...args: string[]): Promise<Run> {
    const asked = await parseCommandLine(
      ["--data", "./reviews", "--model", "m", ...args],
      async () => ({}),
    );
    const env = { TURBO_INVOCATION_DIR: cwd, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const [run] = await planExperiment(asked ?? expect.fail("help"), { env, ...deps });
    return run ?? expect.fail("no run");
  }

  it("is the folder's, for any seed", async () => {
    const cwd = settleOwn();
    for (const seed of ["1", "2"])
      expect(await load(cwd, "--example-seed", seed)).toEqual({
        example: {
          question: "The strap broke after a week.",
          context: null,
          options: ["positive", "negative", "neutral"],
          label: 1,
        },
        further: [],
        row: null,
        verified: true,
      });
  });

  it("gives way to --example, which must be of the task's form", async () => {
    const cwd = settleOwn();
    const mine = { question: "Fine.", options: ["neutral", "negative", "positive"] };
    writeFileSync(join(cwd, "mine.json"), JSON.stringify({ ...mine, label: "positive" }));
    expect(await load(cwd, "--example", "mine.json")).toMatchObject({
      example: { ...mine, label: 2 },
    });
    const other = { ...mine, options: ["positive", "negative"], label: "positive" };
    writeFileSync(join(cwd, "mine.json"), JSON.stringify(other));
    await expect(load(cwd, "--example", "mine.json")).rejects.toThrow(
      'expected 3 options ["positive", "negative", "neutral"] (reviews)',
    );
  });

  it.each([
    ["dev", "reviews/dev.jsonl", "the dev split of reviews, row 0"],
    ["test", "reviews/test.jsonl", "the test split of reviews, row 0"],
    [
      "partner's test",
      "reviews-elsewhere/test.jsonl",
      "the test split of ../reviews-elsewhere, row 0",
    ],
  ])("is refused where its question stands in the %s split", async (_, file, where) => {
    const cwd = settleOwn();
    const example = JSON.parse(readFileSync(join(cwd, "reviews/example.json"), "utf8"));
    writeFileSync(join(cwd, file), JSON.stringify(example));
    const error = await load(cwd).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagError);
    expect((error as Error).message).toBe(
      `${cwd}/reviews/example.json: expected an example that is not evaluated on; it stands in ${where}`,
    );
  });
});
