import { expect, test } from "vitest";
import { computeCells } from "../src/tables/cells.ts";
import { describeRow, isSample, listDeviations, type RowLabels } from "../src/tables/labels.ts";
import { isCreatedRow } from "../src/tables/rows.ts";
import { rowsOf } from "./analysis-of.ts";
import { toRun } from "./evaluation-runs.ts";
import { boolqSample, evaluation, seeded } from "./manifests.ts";

function cellOf(...changes: Parameters<typeof evaluation>[0][]) {
  const [cell] = computeCells(changes.map((change) => toRun(evaluation(change))));
  if (!cell) throw new Error("no cell");
  return cell.cell;
}

function labelsOf(
  change: Parameters<typeof evaluation>[0],
  control: string | null = null,
): RowLabels {
  const cell = cellOf(change);
  return describeRow(cell, cell.source, control);
}

const model = "qwen2.5-coder-1.5b-instruct";
const human = { source: "human", completions: null } as const;
const file = { source: "file", completions: null } as const;
const own = { kind: "own", verified: false, mark: "3fa9" } as const;
const folder = { kind: "own", verified: false, mark: undefined } as const;
const unverified = { kind: "benchmark", verified: false } as const;

test.each([
  ["live", `live ${model}`, {}],
  ["replay", `replay of ${model}, 2026-01-10`, { completions: { kind: "replay" } }],
  ["SAMPLE", `SAMPLE data; SAMPLE recording of ${model}, 2026-01-05`, boolqSample],
  ["SAMPLE", "SAMPLE data", { ...boolqSample, ...human }],
  ["SAMPLE", `SAMPLE data; live ${model}`, { ...boolqSample, completions: { kind: "live" } }],
  ["benchmark", "benchmark", human],
  [
    "benchmark",
    "benchmark; tested on own data",
    { ...human, test: { data: { kind: "own", verified: false } } },
  ],
  [
    "benchmark",
    "unverified benchmark files",
    { ...human, data: unverified, test: { data: unverified } },
  ],
  ["live", `live ${model}; tested on unverified benchmark files`, { test: { data: unverified } }],
  [
    "live",
    `live ${model}; tested on own data`,
    { test: { data: { kind: "own", verified: false } } },
  ],
  ["live", `own data 3fa9; live ${model}`, { data: own, test: { data: own } }],
  [
    "live",
    `own data 3fa9; live ${model}; tested on own data`,
    { data: own, test: { data: folder } },
  ],
  ["own", "own data 3fa9", { ...human, data: own, test: { data: own } }],
  ["file", "a file of examples", file],
  ["file", "own data 3fa9; a file of examples", { ...file, data: own, test: { data: own } }],
  ["SAMPLE", "SAMPLE data; a file of examples", { ...boolqSample, ...file }],
] as const)("%s: %s", (word, label, change) => {
  expect(labelsOf(change)).toMatchObject({ originWord: word, origin: label });
  expect(isSample(cellOf(change))).toBe(word === "SAMPLE");
});

test.each([
  ["tree", {}, null],
  ["tree+10 human", { train: { human: 10 } }, null],
  ["tree+pool", { conditions: { pool: "texts.csv (3fa9)" } }, null],
  ["pool", { source: "pool", conditions: { pool: "texts.csv (3fa9)" } }, null],
  ["tree, reviewed (12 changed)", { conditions: { review: "12 changed (3fa9)" } }, null],
  ["file+3 human", { ...file, train: { human: 3 } }, null],
  ["tree, labels shuffled", {}, "labels shuffled"],
  ["direct", { source: "direct" }, "creator answers"],
] as const)("a row of %s says so", (label, change, control) => {
  expect(labelsOf(change, control).source).toBe(label);
});

const byLabel = (one: { labels: RowLabels }, other: { labels: RowLabels }) =>
  one.labels.source.length - other.labels.source.length;

test("a reviewed row compares with human rows, and is no row of what a model made", () => {
  const human = evaluation({ source: "human", completions: null, train: { n: 100, target: 100 } });
  const change = { conditions: { review: "12 changed (3fa9)" } };
  const rows = rowsOf(3, evaluation(change), evaluation(), human);
  const [plain, reviewed] = rows.filter(({ role }) => role === "tree").toSorted(byLabel);
  expect(reviewed?.labels).toMatchObject({ source: "tree, reviewed (12 changed)", flags: "" });
  expect(listDeviations(cellOf(change))).toContain("reviewed by a person");
  expect(reviewed?.group).toBe(plain?.group);
  expect([plain, reviewed].map((row) => row && isCreatedRow(row))).toEqual([true, false]);
});

test("a human row at a created row's N says so", () => {
  const labels = describeRow(cellOf(human), "human, same N", null);
  expect(labels.source).toBe("human, same N");
});

test("seeds replayed from several days name the first and the last", () => {
  const replay = (seed: number, date: string) => ({
    ...seeded(seed),
    completions: { kind: "replay", date } as const,
  });
  const cell = cellOf(
    replay(1, "2026-01-12T10:00:00Z"),
    replay(2, "2026-01-10"),
    replay(3, "2026-01-11"),
  );
  expect(describeRow(cell, "tree", null).origin).toBe(
    `replay of ${model}, 2026-01-10 to 2026-01-12`,
  );
});

test("flags are named in alphabetical order", () => {
  const conditions = { replies: "strict", fraction: 0.5, "allow-short": true };
  expect(labelsOf({ conditions }).flags).toBe("--allow-short --fraction 0.5 --replies strict");
  expect(labelsOf({}).flags).toBe("");
});

test("a folder is named as such", () => {
  const own = { task: "./mine", data: { kind: "own", verified: false } } as const;
  expect(labelsOf({ test: own }).test).toBe("./mine (own folder)");
  expect(labelsOf({}).test).toBe("yesno_close/creak");
});

test("a full tuning by an older version's steps says so, and is a row of its own", () => {
  const tuned = { encoder: "roberta-large", tune: "full", batches: "random" } as const;
  const { batches: _, ...older } = tuned;
  expect(labelsOf({ student: tuned }).student).toBe("roberta-large, full");
  expect(labelsOf({ student: older }).student).toBe(
    "roberta-large, full, made by an older version",
  );
  expect(labelsOf({ student: { tune: "head" } }).student).not.toContain("older");
  const runs = [
    evaluation({ ...seeded(1), student: older }),
    evaluation({ ...seeded(2), student: tuned }),
    evaluation({ ...seeded(3), student: tuned }),
  ].map((manifest) => toRun(manifest));
  expect(computeCells(runs).map(({ cell }) => cell.seeds)).toEqual([1, 2]);
});
