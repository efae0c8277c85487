import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, toExamplesJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { runPipeline, smallEncoder } from "./run-stages.ts";

const labels = ["card", "refund", "login", "fee"];
const words = [
  "today",
  "please",
  "again",
  "now",
  "soon",
  "still",
  "here",
  "thanks",
  "twice",
  "why",
];

/** A question of each label with each of some words. */
const rows = (own: readonly string[]) =>
  own.flatMap((word) =>
    labels.map((name, label) => ({
      question: `My ${name} is a problem ${word}`,
      context: null,
      options: labels,
      label,
    })),
  );

/** An own task with a test split, and a file of examples, as a creator would have made them. */
function settle(created: ReturnType<typeof rows>) {
  const test = rows(words.slice(6));
  const folder = tempFolder({
    "task.json": JSON.stringify({ name: "support", options: labels }),
    "example.json": toExamplesJsonl(test.slice(0, 1)).trim(),
    "test.jsonl": toExamplesJsonl(test),
    "created.jsonl": toExamplesJsonl(created),
  });
  const results = join(folder, "results");
  const line = `--data ${folder} --created ${folder}/created.jsonl --results ${results}`;
  return { line, read: (name: string) => readFileSync(join(results, "tables", name), "utf8") };
}

describe("rows that nobody asked for", () => {
  it("stand in Table 3 by plain names, with what they are in a note", async () => {
    const { line, read } = settle(rows(words.slice(0, 6)));
    const { code, output } = await runPipeline(`${line} --encoder ${smallEncoder}`, {});
    expect(code).toBe(0);
    expect(output).toMatch(
      /support file seed 1 bag of words on support: 16 of 16 right: 100\.0 % \(95 % interval 80\.6–100\.0\), a constant answer 25\.0 %/,
    );
    expect(output).toMatch(/support names seed 1 on support: \d+ of 16 right/);
    const table = read("table3.md");
    expect(table).toMatch(/\| file, bag of words +\|/);
    expect(table).toMatch(/\| names \(zero-shot\) +\|/);
    expect(table).toContain("bag of words, logistic regression");
    expect(table).toContain("bge-small, untrained");
    expect(table).toMatch(/names \(zero-shot\): the answer is the label whose name/);
  });
});

describe("a bad creator", () => {
  it("whose labels are shuffled ends in the warning, in the line and under the table", async () => {
    const good = rows(words.slice(0, 6));
    const shuffled = createRandom("bad creator").shuffled(good.map(({ label }) => label));
    const bad = good.map((row, i) => ({ ...row, label: shuffled[i] ?? 0 }));
    const { line, read } = settle(bad);
    const { output } = await runPipeline(`${line} --encoder bag-of-words`, {});
    expect(output).toMatch(/on support: .*; NOT BETTER than the constant answer \(one-sided p /);
    const warned = /Not better than the best constant answer.*: file, bag of words on support/;
    expect(read("table3.md")).toMatch(warned);
  });
});
