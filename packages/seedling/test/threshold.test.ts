import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toExamplesJsonl } from "@seedling/core/internal";
import { openOpenaiServer, runProgram, tempFolder } from "@seedling/testing";
import { trainClassifier } from "@seedling/trainer";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { toyClaims } from "../../trainer/test/toy-student.ts";
import { predict } from "../src/predict.ts";
import { threshold } from "../src/threshold.ts";

/** Claims that a word decides, and some that nothing does. */
const unclear = toyClaims(40, 2).map((claim) => ({ ...claim, question: "the sky is of water" }));
const claims = [...toyClaims(100, 1), ...unclear];
const texts = [claims[0], unclear[0], unclear[1]].map((claim, row) =>
  JSON.stringify({ question: `${claim?.question}${row === 2 ? " water" : ""}` }),
);

let folder = "";
beforeEach(async () => {
  folder = tempFolder({
    "in.jsonl": texts.join("\n"),
    "few.jsonl": toExamplesJsonl(claims.slice(0, 20)),
    "more.jsonl": toExamplesJsonl(toyClaims(80, 5)),
  });
  const classifier = await trainClassifier(claims, { encoder: "bag-of-words" });
  await classifier.save(join(folder, "classifier"));
});

const find = (...args: string[]) => runProgram(threshold, ["classifier", ...args], { cwd: folder });
const readThreshold = () =>
  JSON.parse(readFileSync(join(folder, "classifier/classifier.json"), "utf8")).threshold;
const label = (args: string[], env = {}) =>
  runProgram(predict, ["--classifier", "classifier", "--file", "in.jsonl", ...args], {
    cwd: folder,
    env,
    fetch,
  });
const readLabels = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).label);

describe("threshold", () => {
  it("is found on what was held out, or on a file, and says what none would take", async () => {
    const own = await find("--max-error", "0.05");
    expect([own.code, own.err]).toEqual([0, ""]);
    expect(own.out).toMatch(
      /^labels from probability 0\.\d+ on: 71\.4 % of the answers \(100\), 0 wrong, at most 3\.0 %/,
    );
    expect(readThreshold()).toMatchObject({ on: "folds", n: 100 });
    const given = await find("--max-error", "0.05", "--data", "more.jsonl");
    expect(given.out).toContain("100.0 % of the answers (80), 0 wrong");
    expect(readThreshold()).toMatchObject({ on: "file", n: 80 });
    const few = await find("--max-error", "0.05", "--data", "few.jsonl");
    expect(few.code).toBe(1);
    expect(few.out).toContain("it takes 59 answers at least, all of them right, and there are 20");
    expect(readThreshold()).toBe(null);
    const every = await label([]);
    expect(every.err).toContain("no threshold held for this classifier's --max-error");
    expect(readLabels(every.out)).not.toContain(null);
    const missing = await find("--max-error", "0.05", "--data", "none.csv");
    expect([missing.code, missing.err]).toEqual([
      2,
      `--data: no file ${join(folder, "none.csv")}\n`,
    ]);
  });
});

describe("predict below a threshold", () => {
  it("gives no label, unless all are wanted", async () => {
    await find("--max-error", "0.05");
    const below = await label([]);
    expect(readLabels(below.out)).toEqual([true, null, null]);
    expect(below.err).toMatch(/3 labelled, 2 of them below the threshold 0\.\d+ \(no label; /);
    const all = await label(["--threshold", "off"]);
    expect(readLabels(all.out)).not.toContain(null);
  });

  it("asks a language model for those alone, and nothing twice", async () => {
    await find("--max-error", "0.05");
    const server = await openOpenaiServer({});
    onTestFinished(() => server.close());
    const env = { OPENAI_BASE_URL: server.url };
    const results = tempFolder();
    const args = ["--ask-below", "--results", results];
    const capped = await label([...args, "--max-total-tokens", "1"], env);
    expect([capped.code, capped.err]).toEqual([1, expect.stringContaining("2 not asked")]);
    expect(server.asked).toHaveLength(0);
    const first = await label(args, env);
    expect(first.code).toBe(0);
    expect(first.err).toContain(", on this machine: the texts below the threshold");
    expect(server.asked).toHaveLength(2);
    expect(readLabels(first.out)).not.toContain(null);
    expect(first.out.match(/"asked":true/g)).toHaveLength(2);
    expect((await label(args, env)).out).toBe(first.out);
    expect(server.asked).toHaveLength(2);
    expect(existsSync(join(results, "asked"))).toBe(true);
  });

  it("asks nobody without a threshold, a model, or --ask-below", async () => {
    await find("--max-error", "0.05");
    const nobody = await label(["--ask-below"]);
    expect([nobody.code, nobody.out]).toEqual([2, ""]);
    expect(nobody.err).toContain("there is no language model to ask");
    const none = await label(["--ask-below", "--threshold", "off"]);
    expect(none.err).toContain("--ask-below: expected a classifier with a threshold");
    const alone = await label(["--max-cost", "1"]);
    expect(alone.err).toBe("--max-cost: expected --ask-below with it\n");
  });
});
