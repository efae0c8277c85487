import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { drawBlindOrder, drawOptionOrder, readAuditAnswers } from "../src/audit/blind-sample.ts";
import { computeLabelAccuracy } from "../src/audit/label-accuracy.ts";

describe("a blind sample", () => {
  it("is drawn by the seed alone", () => {
    const order = drawBlindOrder(200, 1);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(drawBlindOrder(200, 1)).toEqual(order);
    expect(drawBlindOrder(200, 2)).not.toEqual(order);
  });

  it("shows options that vary in an order of each example's own", () => {
    const options = ["a", "b", "c", "d"];
    const firsts = Array.from({ length: 400 }, (_, line) => drawOptionOrder(options, 1, line)[0]);
    // 100 expected; 60 and 140 are more than four standard deviations away.
    for (const option of options) {
      const n = firsts.filter((first) => first === option).length;
      expect(n > 60 && n < 140, `${option}: ${n}`).toBe(true);
    }
  });
});

describe("answers that an earlier version kept", () => {
  const [one, two] = [sha256("one"), sha256("two")];
  const head = (created: string) => JSON.stringify({ version: 1, created });
  const at = "2026-01-01T00:00:00.000Z";
  const line = (line: number, answer: number | null) => JSON.stringify({ line, answer, at });
  const aside = `audit-${one.slice(0, 8)}.jsonl`;
  const answers = [line(7, 1), line(2, null), line(7, 0)];

  it.each<[string, Record<string, string[]>, [number, number | null][]]>([
    [
      "count, the last of several",
      { "audit.jsonl": [head(one), ...answers] },
      [
        [7, 0],
        [2, null],
      ],
    ],
    [
      "count where they were put by",
      { [aside]: [head(one), line(3, 1)], "audit.jsonl": [head(two), line(1, 1)] },
      [[3, 1]],
    ],
    ["about other examples do not", { "audit.jsonl": [head(two), ...answers] }, []],
    ["may be none", {}, []],
    ["may be an empty file", { "audit.jsonl": [] }, []],
  ])("%s", (_, files, expected) => {
    const folder = tempFolder();
    for (const [name, lines] of Object.entries(files))
      writeFileSync(join(folder, name), lines.map((text) => `${text}\n`).join(""));
    expect([...readAuditAnswers(folder, one)]).toEqual(expected);
  });

  it("lose a line that was cut", () => {
    const folder = tempFolder({ "audit.jsonl": `${head(one)}\n${line(1, 1)}\n{"line":2,"ans` });
    expect([...readAuditAnswers(folder, one)]).toEqual([[1, 1]]);
  });

  it.each([
    ["nonsense\n", ":1: expected one JSON value a line"],
    ['{"line":1}\n', ":1: expected the first line of an audit, version 1"],
    ['{"version":1,"created":"x"}\n', ":1: expected the first line of an audit, version 1"],
    [`${head(one)}\n{"line":"1"}\n`, ":2: expected the first line of an audit, version 1, or a"],
  ])("that are damaged are named: %j", (text, error) => {
    const folder = tempFolder({ "audit.jsonl": text });
    expect(() => readAuditAnswers(folder, one)).toThrow(`audit.jsonl${error}`);
  });
});

describe("label accuracy", () => {
  it("counts what a person agrees with, by label, with exact intervals", () => {
    const said: [string, string | null][] = [
      ["yes", "yes"],
      ["yes", "no"],
      ["yes", "yes"],
      ["no", "no"],
      ["no", null],
      ["yes", "yes"],
    ];
    const { accuracy, byLabel, skipped } = computeLabelAccuracy(
      said.map(([created, answer]) => ({ created, answer })),
    );
    // 4 of 5 by Clopper and Pearson's tables; of 1 of 1 the lower end is 0.025.
    expect(accuracy).toMatchObject({ n: 5, right: 4 });
    expect(accuracy?.low).toBeCloseTo(0.28358, 5);
    expect(accuracy?.high).toBeCloseTo(0.99495, 5);
    expect(byLabel.map(([label, { n, right }]) => [label, n, right])).toEqual([
      ["no", 1, 1],
      ["yes", 4, 3],
    ]);
    expect(byLabel[0]?.[1].low).toBeCloseTo(0.025, 12);
    expect(skipped).toBe(1);
  });

  it("is none before the first answer", () => {
    expect(computeLabelAccuracy([])).toEqual({ accuracy: null, byLabel: [], skipped: 0 });
  });
});
