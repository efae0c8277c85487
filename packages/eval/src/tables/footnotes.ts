import { sources } from "@seedling/core/internal";
import type { AccuracyRow, CellRow } from "./analysis.ts";
import { isSample } from "./labels.ts";
import { renderPercent } from "./numbers.ts";
import { isConstant, publishedFigure, type TableNumber } from "./published.ts";

/** Rows with the places of their footnotes in the list of a table's. */
export function addFootnotes(
  table: TableNumber,
  rows: readonly AccuracyRow[],
): { rows: AccuracyRow[]; footnotes: string[] } {
  const footnotes: string[] = [];
  const numbered = rows.map((row): AccuracyRow => {
    if (row.kind === "dash") return row;
    const texts = oddities.flatMap((toText) => toText(row, table) ?? []);
    for (const text of texts) if (!footnotes.includes(text)) footnotes.push(text);
    return { ...row, footnotes: texts.map((text) => footnotes.indexOf(text)) };
  });
  return { rows: numbered, footnotes };
}

/** What must be known of a published figure that stands in a row, one oddity each. */
const oddities: readonly ((row: CellRow, table: TableNumber) => string | null)[] = [
  ({ paper }) =>
    paper?.constant
      ? "The paper's figure is that of always giving one and the same answer on this test set."
      : null,
  (row, table) => {
    const { cell, role, control, paper } = row;
    const human = publishedFigure(table, "human", cell.task, cell.test.task);
    if (human === null || !isConstant(cell.test.task, human) || control !== null) return null;
    const about = `The paper's human figure here (${human.toFixed(2)}) is that of one constant answer`;
    if (!sources[cell.source].isHuman)
      return paper && `${about}: the paper's difference to it is one to a constant.`;
    return isSample(cell)
      ? `${about}.`
      : `${about}; ${describeReach(row)} (${role}, ${cell.train.n}).`;
  },
  ({ cell, paper }, table) =>
    table === 4 && paper !== null && swapped.includes(`${cell.task} ${cell.test.task}`)
      ? "The paper's labels of this column and of the one the other way look swapped in print (the cells are multiples of 1/140 and 1/500, the other test set's size): the probable one is used."
      : null,
];

const swapped = ["yesno_open/pubmedqa yesno_open/bioasq", "yesno_open/bioasq yesno_open/pubmedqa"];

/** What human runs reach that do not give one constant answer. */
function describeReach({ cell }: CellRow): string {
  const kept = cell.seeds - cell.collapsed;
  if (kept === 0) return "all of our human runs collapsed as well";
  const reached = renderPercent(cell.withoutCollapsed ?? cell.accuracy);
  return `our human runs that did not collapse (${kept} of ${cell.seeds}) reach ${reached}`;
}
