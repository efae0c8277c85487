import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  loadSplit,
  type Run,
  readFailure,
  toEvaluationFolder,
  toTrainingFolder,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { loadClassifier } from "@seedling/trainer/internal";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { trainRun } from "../../trainer/src/run/train-run.ts";
import { evaluateRun } from "../src/run/evaluate-run.ts";

const ctx: Context = {
  env: {},
  fetch: () => Promise.reject(new Error("this test has no network")),
  log: () => {},
  panel: null,
  onInterrupt: () => () => {},
};

/** A run trained on passages without their passage, and the folder of its in-domain evaluation. */
async function train(): Promise<{ run: Run; folder: string; facts: string }> {
  const line = "--data boolq --sample --setting human --examples 12 --input question";
  const [run] = await plan(`${line} --results ${tempFolder()}`);
  if (!run) throw new Error("expected a run");
  await trainRun(run, [run], ctx);
  const facts = join(toTrainingFolder(run), "classifier/classifier.json");
  return { run, folder: toEvaluationFolder(run, run.task), facts };
}

describe("a classifier of an ablated input", () => {
  it("is evaluated as it answers whoever asks it", async () => {
    const { run, folder, facts } = await train();
    expect(JSON.parse(readFileSync(facts, "utf8"))).toMatchObject({ input: "question" });
    await evaluateRun(run, ctx);
    const lines = readFileSync(join(folder, "items.jsonl"), "utf8").trimEnd().split("\n");
    const split = await loadSplit(run.task, "test", run.data, ctx);
    const examples = split.examples.slice(0, 6);
    const classifier = await loadClassifier(join(toTrainingFolder(run), "classifier"));
    const ask = async (asked: typeof examples) =>
      (await classifier.predict(asked)).map(({ probabilities }) => Object.values(probabilities));
    const predicted = await ask(examples);
    // In a larger batch the last digits of a product may be others.
    expect(lines.slice(0, 6).map((line) => JSON.parse(line).probabilities)).toEqual(
      predicted.map((row) => row.map((probability) => expect.closeTo(probability, 6))),
    );
    // A context tells it nothing.
    expect(await ask(examples.map((one) => ({ ...one, context: "Another." })))).toEqual(predicted);
    await classifier.dispose();
  });

  it("that does not say so, as of an earlier version, evaluates nothing more", async () => {
    const { run, folder, facts } = await train();
    const { input, ...rest } = JSON.parse(readFileSync(facts, "utf8"));
    writeFileSync(facts, JSON.stringify(rest));
    await evaluateRun(run, ctx);
    expect(await readFailure(folder)).toMatch(
      /expected a classifier that says --input question, as it was trained, got full: an earlier/,
    );
    expect(existsSync(join(folder, endings.done))).toBe(false);
  });
});
