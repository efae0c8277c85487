import type { Table } from "../tables/view.ts";
import type { Sheet } from "./sheet.ts";
import { shortColumns, toHeading } from "./short-columns.ts";
import { toMark } from "./table-sheet.ts";

/** A table's key figures for a page: headings over the rows, students and flags numbered below. */
export function toShortSheet({ number, title, rows, notes, footnotes }: Table): Sheet {
  const legend: string[] = [];
  const lines: string[][] = [];
  let heading = "";
  for (const row of rows) {
    const next = toHeading(number, row);
    const blank = Array<string>(shortColumns.length).fill("");
    if (next !== heading) lines.push([next, ...blank]);
    heading = next;
    if (row.kind === "dash") continue;
    const { student, flags, origin } = row.labels;
    const text = [`student ${student}`, flags, origin].filter(Boolean).join("; ");
    if (!legend.includes(text)) legend.push(text);
    const marks = row.footnotes.map((place) => toMark(place)).join("");
    const texts = shortColumns.map((column) => column.text(row));
    lines.push([...texts, [`(${legend.indexOf(text) + 1})`, marks].join(" ").trim()]);
  }
  return {
    title,
    columns: [...shortColumns, { head: "", align: "left" }],
    rows: lines,
    empty: "No evaluations yet.",
    notes: [
      ...legend.map((text, place) => `(${place + 1}) ${text}`),
      ...footnotes.map((text, place) => `${toMark(place)} ${text}`),
      ...notes,
    ],
  };
}
