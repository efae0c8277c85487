import { taskNamed, tasks } from "@seedling/core/internal";
import type { AccuracyTable, DashRow } from "./analysis.ts";
import { addFootnotes } from "./footnotes.ts";
import { isSample } from "./labels.ts";
import { listNotes } from "./notes.ts";
import type { GroupedCell } from "./placed.ts";
import type { TableNumber } from "./published.ts";
import { sortRows } from "./row-order.ts";
import { computeRows } from "./to-rows.ts";

const facts = {
  3: { title: "Table 3. In-domain accuracy", kind: "in-domain" },
  4: { title: "Table 4. Cross-domain accuracy", kind: "cross-domain" },
} as const;

/** One of the paper's tables, its rows in the order of the paper's columns. */
export function computeAccuracyTable(
  number: TableNumber,
  cells: readonly GroupedCell[],
): AccuracyTable {
  const { title, kind } = facts[number];
  const found = computeRows(
    number,
    cells.filter(({ cell }) => cell.test.kind === kind),
  );
  const ordered = sortRows(number === 4 ? [...found, ...toDashRows(cells)] : found);
  const { rows, footnotes } = addFootnotes(number, ordered);
  const sample = found.some(({ cell }) => isSample(cell));
  const warning = " (contains SAMPLE rows: bundled sample data, not the benchmark)";
  return {
    number,
    title: title + (sample ? warning : ""),
    rows,
    notes: listNotes(rows, "full"),
    footnotes,
  };
}

/** Tasks trained on without a partner, and partners without an evaluation. */
function toDashRows(cells: readonly GroupedCell[]): DashRow[] {
  return [...new Set(cells.map(({ cell }) => cell.task))].flatMap((trainedOn) => {
    const crossed = cells.filter(
      ({ cell }) => cell.task === trainedOn && cell.test.kind !== "in-domain",
    );
    const tested = new Set(crossed.map(({ cell }) => cell.test.task));
    const partners = isBenchmark(trainedOn) ? taskNamed(trainedOn).partners : [];
    if (partners.length === 0 && tested.size === 0)
      return [toDash(trainedOn, null, "no cross-domain partner")];
    const missing = partners.filter((partner) => !tested.has(partner));
    return missing.map((partner) => toDash(trainedOn, partner, "not evaluated"));
  });
}

function toDash(trainedOn: string, testedOn: string | null, why: string): DashRow {
  return { kind: "dash", trainedOn, testedOn, why };
}

function isBenchmark(name: string): boolean {
  return tasks.some((task) => task.name === name);
}
