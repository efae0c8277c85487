import { dash } from "@seedling/core/internal";
import { group } from "d3-array";
import { cellColumns, markFootnotes, renderFootnoteMark } from "./accuracy-columns.ts";
import { type AccuracyRow, type AccuracyTable, listCellRows } from "./accuracy-table.ts";
import { findColumn, type Table, type TableColumn } from "./column.ts";
import { listNotes } from "./notes.ts";
import { renderFixedPercent, renderP, renderPoints, renderPointsRange } from "./numbers.ts";
import { renderClaim, renderPaper, renderPaperDifference } from "./row-texts.ts";
import { type CellRow, listHumanDifferences, type RowDifference } from "./rows.ts";

/** A line of a table in short: a heading, a row, or a row's difference to another, which stands under it. */
type ShortLine =
  | { kind: "heading"; text: string }
  | { kind: "row"; row: CellRow }
  | { kind: "under"; difference: RowDifference };

/**
 * The key numbers of Table 3 or 4, narrow enough for a terminal: each test set with its rows below it, by
 * student where there are several. A printed page has room for more columns, for a tree's differences to
 * the other settings, and for notes; a terminal has the notes of all tables at once.
 */
export function createShortTable(
  table: AccuracyTable,
  where: "page" | "terminal",
): Table<ShortLine> {
  const isPage = where === "page";
  return {
    title: table.title,
    columns: isPage ? shortColumns : shortColumns.filter(({ id }) => !pageOnly.includes(id)),
    rows: listLines(table, isPage),
    kind: ({ kind }) => (kind === "row" ? undefined : kind),
    empty: "No evaluations yet.",
    notes: isPage ? [...markFootnotes(table), ...listNotes(listCellRows(table), where)] : [],
  };
}

function listLines({ number, rows }: AccuracyTable, withSettings: boolean): ShortLine[] {
  const listRow = (row: CellRow): ShortLine[] => {
    const differences = [...listHumanDifferences(row), ...(withSettings ? row.toSettings : [])];
    const under = differences.map((difference) => ({ kind: "under", difference }) as const);
    return [{ kind: "row", row }, ...under];
  };
  return [...group(rows, (row) => renderHeading(number, row))].flatMap(([text, own]) => {
    const students = group(listCellRows({ rows: own }), ({ labels }) => labels.student);
    const lines = [...students].flatMap(([student, its]): ShortLine[] => [
      ...(students.size > 1 ? [{ kind: "heading", text: ` ${student}` } as const] : []),
      ...its.flatMap(listRow),
    ]);
    return [{ kind: "heading", text } as const, ...lines];
  });
}

/** A test set with its size and the accuracy that needs no classifier. */
function renderHeading(number: AccuracyTable["number"], row: AccuracyRow): string {
  if (row.kind === "dash") return `${row.trainedOn} → ${row.testedOn ?? dash}, ${row.why}`;
  const { cell, labels } = row;
  const { chance, bestConstant } = cell.baseline;
  return [
    number === 4 && `${cell.task} → `,
    `${labels.test}, ${cell.test.n} ${cell.test.data.kind === "sample" ? "SAMPLE " : ""}test items`,
    chance !== null && `, chance ${renderFixedPercent(chance)}`,
    bestConstant !== null && `, best constant ${renderFixedPercent(bestConstant)}`,
  ]
    .filter(Boolean)
    .join("");
}

const pageOnly = ["minus_human_same_n_mde_points", "footnotes"];

const shortColumns: readonly TableColumn<ShortLine>[] = [
  // The N of `human, same N` has a column of its own.
  short("source", "source", ({ against }) => `minus ${against.label.replace(/, same N$/, "")}`),
  short("train_n", "N", ({ against }) => String(against.n)),
  short("accuracy_percent", "acc %", ({ estimate }) => renderPoints(estimate.value)),
  short("interval_low_percent", "95 %", ({ estimate }) => renderPointsRange(estimate)),
  short("seeds", "seeds"),
  short(
    "minus_human_same_n_p_holm",
    "p (Holm)",
    ({ adjustedP }) => (adjustedP === null ? dash : renderP(adjustedP)),
    () => "",
  ),
  short(
    "minus_human_same_n_mde_points",
    "MDE",
    ({ minimumDetectable }) => renderFixedPercent(minimumDetectable, 1),
    () => "",
  ),
  short("paper_percent", "paper", renderPaperDifference, renderPaper),
  short("figure_verdict", "verdict", renderClaim),
  {
    ...short("paper_percent", "note", undefined, ({ footnotes }) =>
      footnotes.map(renderFootnoteMark).join(""),
    ),
    id: "footnotes",
  },
  ...[
    // A creator asked live is the ordinary one: `from MODEL`, but `from replay of MODEL, DAY`.
    short("origin", "From", undefined, ({ labels }) => labels.origin.replace(/(^|; )live /, "$1")),
    short("student_encoder", "Classifier"),
    short("dev_source", "Dev", undefined, ({ cell: { devAccuracy, dev } }) =>
      devAccuracy === null ? "" : dev.source,
    ),
    short("flags", "Flags"),
  ].map((column) => ({ ...column, long: true as const })),
];

/**
 * A column of the full table under a short head.
 * @param renderUnder what a difference below a row shows in it
 * @param renderRow without it the text of the full table
 */
function short(
  id: string,
  head: string,
  renderUnder: (difference: RowDifference) => string = () => "",
  renderRow?: (row: CellRow) => string,
): TableColumn<ShortLine> {
  const column = findColumn(cellColumns, id);
  const text = (line: ShortLine): string => {
    if (line.kind === "heading") return id === "source" ? line.text : "";
    if (line.kind === "under") return renderUnder(line.difference);
    return (renderRow ?? column.text)(line.row);
  };
  return { ...column, head, text, value: text };
}
