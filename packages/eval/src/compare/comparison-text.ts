import { renderCount, renderWhole } from "@seedling/core/internal";
import { rollup } from "d3-array";
import { renderTextTables } from "../render/terminal.ts";
import { toTexts } from "../render/text-table.ts";
import { interval, left, long, number, percent, right, type Table } from "../tables/column.ts";
import { renderFlags } from "../tables/groups.ts";
import { renderP, renderPoints } from "../tables/numbers.ts";
import type { CellStatus, ComparedCell, ResultsComparison } from "./compare-results.ts";

/** A comparison for a terminal: its cells, what differs between the two sides, and the verdict as its last line. */
export function renderComparison(comparison: ResultsComparison): string {
  const { a, b, cells, conditions, pairs } = comparison;
  const sides = Object.entries({ A: a, B: b }).flatMap(
    ([name, { folder, evaluations, leftOut }]) => [
      `${name}: ${folder} (${renderCount(evaluations, "evaluation")})`,
      ...leftOut.map(({ path, why }) => `  left out: ${path}: ${why}`),
    ],
  );
  const tables = [
    toTexts(createCellTable(cells)),
    ...(conditions.length > 0 ? [toTexts(createConditionTable(conditions, pairs))] : []),
  ];
  return [sides.join("\n"), renderTextTables(tables), renderVerdict(comparison)].join("\n\n");
}

function createCellTable(rows: readonly ComparedCell[]): Table<ComparedCell> {
  return {
    title: "A and B, cell by cell",
    columns: [
      left("task", "Trained on", ({ task }) => task),
      left(
        "test",
        "Tested on",
        ({ test }) => test,
        ({ task, test }) => (task === test ? "" : test),
      ),
      left("source", "Source", ({ source }) => source),
      long("student", "Classifier", ({ student }) => student),
      long("flags", "Flags", ({ conditions }) => renderFlags(conditions)),
      right(
        "seeds",
        "Seeds",
        ({ seeds }) => seeds,
        ({ seeds }) => (seeds > 1 ? String(seeds) : ""),
      ),
      right("n", "Items", ({ n }) => n.a ?? n.b, renderItems),
      percent("a_percent", "A %", ({ accuracy }) => accuracy.a),
      percent("b_percent", "B %", ({ accuracy }) => accuracy.b),
      number("a_minus_b_points", "A - B", ({ difference }) => difference?.value, renderPoints, {
        scale: 100,
      }),
      ...interval<ComparedCell>("interval", "points", "95% interval", (cell) =>
        cell.changed === 0 ? null : cell.difference,
      ),
      number("adjusted_p", "p", (cell) => (cell.changed === 0 ? null : cell.adjustedP), renderP),
      number("changed", "Changed", ({ changed }) => changed, renderWhole),
      left("status", "Compared", ({ status }) => status, renderStatus),
    ],
    rows,
    empty: "",
    notes: [
      "A - B: points, paired on the test items; p: paired permutation of items, exact, adjusted (Holm) for all cells. Changed: answers that differ, over all seeds.",
    ],
  };
}

function renderItems({ n }: ComparedCell): string {
  const both = n.a !== null && n.b !== null && n.a !== n.b;
  return both ? `${n.a} | ${n.b}` : String(n.a ?? n.b);
}

function renderStatus({ status, own }: ComparedCell): string {
  return status === "other" ? `other ${own.map(({ name }) => name).join(", ")}` : status;
}

type Condition = ResultsComparison["conditions"][number];

function createConditionTable(rows: readonly Condition[], pairs: number): Table<Condition> {
  return {
    title: "What differs between A and B",
    columns: [
      left("condition", "Condition", ({ name }) => name),
      left("a", "A", ({ a }) => a),
      left("b", "B", ({ b }) => b),
      left(
        "pairs",
        "Evaluations",
        (row) => row.pairs,
        (row) => `${renderWhole(row.pairs)} of ${renderWhole(pairs)}`,
      ),
      left("kind", "", ({ kind }) => (kind === "own" ? "another experiment" : "")),
    ],
    rows,
    empty: "",
    notes: [],
  };
}

const words: Record<CellStatus, string> = {
  same: "with the same answer to every item",
  rounding: "with changed answers only between nearly equal options (rounding)",
  within: "within the tolerance",
  differs: "with changed answers",
  other: "of another experiment",
  "other items": "on other test items",
  "only A": "only in A",
  "only B": "only in B",
};

/** The verdict in one line. */
function renderVerdict({ verdict, cells, tolerance }: ResultsComparison): string {
  const counts = rollup(
    cells,
    (same) => same.length,
    ({ status }) => status,
  );
  const parts = (Object.keys(words) as CellStatus[]).flatMap((status) => {
    const n = counts.get(status);
    const within = status === "within" ? ` of ${tolerance} points` : "";
    return n ? `${renderCount(n, "cell")} ${words[status]}${within}` : [];
  });
  const openings = {
    agree: "A and B agree",
    disagree: "A and B disagree",
    unknown: "It cannot be told whether A and B agree",
  };
  return `${openings[verdict]}: ${parts.join(", ")}.`;
}
