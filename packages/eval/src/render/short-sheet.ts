import type { AccuracyTable, CellRow } from "../tables/analysis.ts";
import { toPageNotes } from "../tables/table-notes.ts";
import { toHumanList } from "../tables/to-rows.ts";
import type { TextTable } from "./sheet.ts";
import { pageColumns } from "./short-columns.ts";
import { isFigureLine, toDescription, toShortLines } from "./short-lines.ts";
import { renderFootnoteMark } from "./table-sheet.ts";

/** A table's key figures for a page: headings over the rows, differences under them, what is long numbered below. */
export function toShortSheet(table: AccuracyTable): TextTable {
  const { title, rows, footnotes } = table;
  const legend: string[] = [];
  const toMarks = (row: CellRow) => {
    const text = toDescription(row);
    if (!legend.includes(text)) legend.push(text);
    const marks = row.footnotes.map((place) => renderFootnoteMark(place)).join("");
    return `(${legend.indexOf(text) + 1}) ${marks}`.trim();
  };
  const lines = toShortLines(table, (row) => [...toHumanList(row), ...row.toSettings]);
  const texts = lines.map((line) => {
    if (!isFigureLine(line)) return [line.text, ...pageColumns.map(() => "")];
    const [source = "", ...figures] = pageColumns.map(({ text }) => text(line));
    return line.kind === "row"
      ? [source, ...figures, toMarks(line.row)]
      : [` ${source}`, ...figures, ""];
  });
  return {
    title,
    columns: [...pageColumns, { head: "", align: "left" }],
    rows: texts,
    empty: "No evaluations yet.",
    notes: [
      ...legend.map((text, place) => `(${place + 1}) ${text}`),
      ...footnotes.map((text, place) => `${renderFootnoteMark(place)} ${text}`),
      ...toPageNotes(rows),
    ],
  };
}
