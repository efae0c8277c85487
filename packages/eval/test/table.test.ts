import { describe, expect, test } from "vitest";
import type { EvaluationManifest } from "../src/evaluation.ts";
import { toCells } from "../src/tables/cells.ts";
import { toTable } from "../src/tables/table.ts";
import type { Row } from "../src/tables/table-rows.ts";
import { boolqSample, evaluation, onStrategyqa } from "./manifests.ts";

function tableOf(number: 3 | 4, ...manifests: EvaluationManifest[]) {
  return toTable(number, toCells(manifests));
}

/** A row in short: trained on, tested on, source and train n, or why there is none. */
function toShort(row: Row): string {
  if (row.kind === "dash") return `${row.trainedOn} > ${row.testedOn}: ${row.why}`;
  const { task, source, train, test } = row.cell;
  return `${task} > ${test.task}: ${source} ${train.n}${row.sample ? " sample" : ""}`;
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
      "yesno_close/creak > yesno_close/creak: human 200",
      "yesno_close/creak > yesno_close/creak: human 1000",
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

test("the paper's figure stands beside its own task, and beside a sample as no comparison", () => {
  const { rows } = tableOf(
    3,
    evaluation(),
    evaluation({ source: "naive" }),
    evaluation(boolqSample),
  );
  expect(rows).toMatchObject([
    { sample: true, paper: 69.66 },
    { sample: false, paper: null },
    { sample: false, paper: 72.74 },
  ]);
});

test("a set with human examples mixed in has no figure in the paper, and stands after its own", () => {
  const mixed = evaluation({ train: { human: 10, n: 100 } });
  const file = evaluation({ source: "file", completions: null });
  const { rows } = tableOf(3, file, mixed, evaluation());
  expect(rows).toMatchObject([
    { cell: { source: "tree", train: { human: 0 } }, paper: 72.74 },
    { cell: { source: "tree", train: { human: 10 } }, paper: null },
    { cell: { source: "file" }, paper: null },
  ]);
});

describe("the title", () => {
  test("warns of sample rows", () => {
    expect(tableOf(3, evaluation()).title).toBe("Table 3. In-domain accuracy");
    expect(tableOf(3, evaluation(), evaluation(boolqSample)).title).toBe(
      "Table 3. In-domain accuracy (contains SAMPLE rows: bundled sample data, not the benchmark)",
    );
  });
});

describe("footnotes", () => {
  const bioasq = { task: "yesno_open/bioasq", kind: "cross-domain" } as const;
  test.each([
    ["SAMPLE:", 3, evaluation(boolqSample)],
    ["(In parentheses):", 3, evaluation(boolqSample)],
    ["†:", 3, evaluation({ train: { labels: { True: 50, False: 50 } } })],
    ["unverified:", 3, evaluation({ test: { data: { kind: "benchmark", verified: false } } })],
    ["+K human:", 3, evaluation({ train: { human: 10 } })],
    ["file:", 3, evaluation({ source: "file", completions: null })],
    ["Paper, BioASQ", 4, evaluation({ task: "yesno_open/pubmedqa", test: bioasq })],
  ] as const)("%s stands where a row calls for it, only there", (start, number, manifest) => {
    const starts = (text: string) => text.startsWith(start);
    expect(tableOf(number, manifest).notes.some(starts)).toBe(true);
    expect(tableOf(3, evaluation()).notes.some(starts)).toBe(false);
  });
});
