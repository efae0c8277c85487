import { describe, expect, test } from "vitest";
import type { AccuracyRow } from "../src/tables/accuracy-table.ts";
import { tableOf } from "./analysis-of.ts";
import { boolqSample, evaluation, onStrategyqa, seeded } from "./manifests.ts";

/** A row in short: trained on, tested on, source and train n, or why there is none. */
function toShort(row: AccuracyRow): string {
  if (row.kind === "dash") return `${row.trainedOn} > ${row.testedOn}: ${row.why}`;
  const { task, train, test, data } = row.cell;
  const sample = data.kind === "sample" ? " sample" : "";
  return `${task} > ${test.task}: ${row.labels.source} ${train.n}${sample}`;
}

const closedBoolq = evaluation({ task: "yesno_close/boolq", test: { task: "yesno_close/boolq" } });

describe("rows", () => {
  test("stand in the order of the paper's columns, then of sources, then by n", () => {
    const human = (n: number) =>
      evaluation({ source: "human", completions: null, train: { n, target: n } });
    const { rows } = tableOf(
      3,
      evaluation({ source: "similar" }),
      human(1000),
      closedBoolq,
      evaluation({ source: "naive" }),
      human(200),
      evaluation(boolqSample),
      evaluation({ task: "yesno_open/boolq", test: { task: "yesno_open/boolq" } }),
    );
    expect(rows.map(toShort)).toEqual([
      "yesno_open/boolq > yesno_open/boolq: tree 100",
      "yesno_open/boolq > yesno_open/boolq: tree 40 sample",
      "yesno_close/boolq > yesno_close/boolq: tree 100",
      "yesno_close/creak > yesno_close/creak: human 1000",
      "yesno_close/creak > yesno_close/creak: human 200",
      "yesno_close/creak > yesno_close/creak: naive 100",
      "yesno_close/creak > yesno_close/creak: similar 100",
    ]);
  });

  test("of Table 3 are in-domain, of Table 4 cross-domain", () => {
    const both = [evaluation(), evaluation({ test: onStrategyqa })];
    expect(tableOf(3, ...both).rows.map(toShort)).toEqual([
      "yesno_close/creak > yesno_close/creak: tree 100",
    ]);
    expect(tableOf(4, ...both).rows.map(toShort)).toEqual([
      "yesno_close/creak > yesno_close/strategyqa: tree 100",
    ]);
  });

  test("of Table 4 say which partner was not tested, and who has none", () => {
    const trainedOn = (task: string) => evaluation({ task, test: { task } });
    const { rows } = tableOf(
      4,
      closedBoolq,
      trainedOn("yesno_open/pubmedqa"),
      evaluation({ test: onStrategyqa }),
      trainedOn("./mine"),
    );
    expect(rows.map(toShort)).toEqual([
      "yesno_open/pubmedqa > yesno_open/boolq: not evaluated",
      "yesno_open/pubmedqa > yesno_open/bioasq: not evaluated",
      "yesno_close/boolq > null: no cross-domain partner",
      "yesno_close/creak > yesno_close/strategyqa: tree 100",
      "./mine > null: no cross-domain partner",
    ]);
  });

  test("of a folder instead of a partner leave no dash", () => {
    const own = { task: "./mine", kind: "cross-domain" } as const;
    const { rows } = tableOf(4, closedBoolq, evaluation({ task: "yesno_close/boolq", test: own }));
    expect(rows.map(toShort)).toEqual(["yesno_close/boolq > ./mine: tree 100"]);
  });
});

describe("the title", () => {
  test("warns of sample rows", () => {
    expect(tableOf(3, evaluation()).title).toBe("Table 3. In-domain accuracy");
    expect(tableOf(3, evaluation(), evaluation(boolqSample)).title).toBe(
      "Table 3. In-domain accuracy (contains SAMPLE rows: bundled sample data, not the benchmark)",
    );
  });
});

describe("notes", () => {
  test.each([
    ["SAMPLE:", [evaluation(boolqSample)]],
    ["(In parentheses):", [evaluation(boolqSample)]],
    ["†:", [evaluation({ train: { labels: { True: 50, False: 50 } } })]],
    ["unverified:", [evaluation({ test: { data: { kind: "benchmark", verified: false } } })]],
    ["+K human:", [evaluation({ train: { human: 10 } })]],
    ["file:", [evaluation({ source: "file", completions: null })]],
    ["=:", [evaluation(seeded(1)), evaluation(seeded(2))]],
    ["direct:", [evaluation({ source: "direct", train: { n: 0, target: 0 } })]],
  ])("%s stands where a row calls for it, only there", (start, manifests) => {
    const starts = (text: string) => text.startsWith(start);
    expect(tableOf(3, ...manifests).notes.some(starts)).toBe(true);
    expect(tableOf(3, evaluation()).notes.some(starts)).toBe(false);
  });
});

describe("human rows", () => {
  const human = (n: number) =>
    evaluation({ source: "human", completions: null, train: { n, target: n } });

  test.each([
    [
      "at full size and at the created N",
      [human(10176), human(100)],
      ["human 10176", "human, same N 100"],
    ],
    ["at the created N alone", [human(100)], ["human, same N 100"]],
    ["at full size alone", [human(10176)], ["human 10176"]],
    ["at another N", [human(500)], ["human 500"]],
  ])("%s", (_, humans, expected) => {
    const shown = tableOf(3, evaluation(), ...humans).rows.map(toShort);
    const named = expected.map((one) => `yesno_close/creak > yesno_close/creak: ${one}`);
    expect(shown).toEqual([...named, "yesno_close/creak > yesno_close/creak: tree 100"]);
  });
});

test("rows that claim the same cell are kept apart, and said", () => {
  const strict = evaluation({ ...seeded(2), conditions: { replies: "strict" } });
  const { rows, notes } = tableOf(3, evaluation(), strict);
  expect(rows).toHaveLength(2);
  expect(notes.at(-1)).toBe(
    "Never averaged, since creator, data, flags or sizes differ: 2 rows tree on yesno_close/creak (all-MiniLM-L6-v2, head).",
  );
});

test("of many such cells five are named, and none of one row alone", () => {
  const twice = (encoder: string) =>
    [100, 200].map((n) => evaluation({ student: { encoder }, train: { n, target: n } }));
  const apart = (...encoders: string[]) =>
    tableOf(3, ...encoders.flatMap(twice)).notes.filter((note) => note.startsWith("Never"));
  expect(tableOf(3, evaluation()).notes.join(" ")).not.toContain("Never averaged");
  const five = ["a", "b", "c", "d", "e"];
  expect(apart(...five)[0]).not.toContain("more");
  expect(apart(...five, "f")[0]).toMatch(/\(e, head\), and 1 more\.$/);
});
