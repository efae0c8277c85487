import { dash } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import { cellColumns, renderFootnoteMark } from "./accuracy-columns.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import type { Table, TableColumn } from "./column.ts";
import { listNotes } from "./notes.ts";
import { renderFixedPercent, renderP, renderPoints, renderPointsRange } from "./numbers.ts";
import type { AccuracyRow, CellRow, RowDifference } from "./row.ts";
import { renderClaim, renderPaper, renderPaperDifference } from "./row-texts.ts";
import { listHumanDifferences } from "./rows.ts";

/** A line of a table in short: a heading, a row, or a row's difference to another, which stands under it. */
export type ShortLine =
  | { kind: "heading"; text: string }
  | { kind: "row"; row: CellRow }
  | { kind: "under"; row: CellRow; difference: RowDifference };

/**
 * The key numbers of Table 3 or 4, narrow enough for a terminal: each test set with its rows below it, by
 * student where there are several. A printed page has room for more columns, for a tree's differences to
 * the other settings, and for footnotes.
 */
export function createShortTable(
  table: AccuracyTable,
  where: "page" | "terminal",
): Table<ShortLine> {
  const isPage = where === "page";
  const footnotes = table.footnotes.map((text, index) => `${renderFootnoteMark(index)} ${text}`);
  return {
    title: table.title,
    columns: isPage ? shortColumns : shortColumns.filter(({ id }) => !pageOnly.includes(id)),
    rows: listLines(table, isPage),
    kind: ({ kind }) => (kind === "row" ? undefined : kind),
    empty: "No evaluations yet.",
    notes: [...(isPage ? footnotes : []), ...listNotes(table.rows, where)],
  };
}

function listLines({ number, rows }: AccuracyTable, withSettings: boolean): ShortLine[] {
  return [...groupBy(rows, (row) => renderHeading(number, row))].flatMap(([text, own]) => {
    const cells = own.filter((row) => row.kind === "cell");
    const students = groupBy(cells, ({ labels }) => labels.student);
    const lines = [...students].flatMap(([student, its]): ShortLine[] => [
      ...(students.size > 1 ? [{ kind: "heading", text: ` ${student}` } as const] : []),
      ...its.flatMap((row): ShortLine[] => {
        const differences = [...listHumanDifferences(row), ...(withSettings ? row.toSettings : [])];
        const under = differences.map(
          (difference) => ({ kind: "under", row, difference }) as const,
        );
        return [{ kind: "row", row }, ...under];
      }),
    ]);
    return [{ kind: "heading", text }, ...lines];
  });
}

/** A test set with its size and the accuracy that needs no classifier. */
function renderHeading(number: AccuracyTable["number"], row: AccuracyRow): string {
  if (row.kind === "dash") return `${row.trainedOn} → ${row.testedOn ?? dash}, ${row.why}`;
  const { cell, labels } = row;
  const from = number === 4 ? `${cell.task} → ` : "";
  const sample = cell.test.data.kind === "sample" ? "SAMPLE " : "";
  const { chance, bestConstant } = cell.baseline;
  const constant =
    bestConstant === null ? "" : `, best constant ${renderFixedPercent(bestConstant)}`;
  const baseline = chance === null ? constant : `, chance ${renderFixedPercent(chance)}`;
  return `${from}${labels.test}, ${cell.test.n} ${sample}test items${baseline}`;
}

const pageOnly = ["minus_human_same_n_mde_points", "footnotes"];

/** What a row, and a difference below one, show in a column. */
interface LineTexts {
  /** Without it the text of the full table. */
  row?: (row: CellRow) => string;
  difference?: (difference: RowDifference) => string;
}

const shortColumns: readonly TableColumn<ShortLine>[] = [
  // The N of `human, same N` has a column of its own.
  short("source", "source", {
    difference: ({ against }) => `minus ${against.label.replace(/, same N$/, "")}`,
  }),
  short("train_n", "N", { difference: ({ against }) => String(against.n) }),
  short("accuracy_percent", "acc %", {
    difference: ({ estimate }) => renderPoints(estimate.value),
  }),
  short("interval_low_percent", "95 %", {
    difference: ({ estimate }) => renderPointsRange(estimate),
  }),
  short("seeds", "seeds"),
  short("minus_human_same_n_p_holm", "p (Holm)", {
    row: () => "",
    difference: ({ adjustedP }) => (adjustedP === null ? dash : renderP(adjustedP)),
  }),
  short("minus_human_same_n_mde_points", "MDE", {
    row: () => "",
    difference: ({ minimumDetectable }) => renderFixedPercent(minimumDetectable, 1),
  }),
  short("paper_percent", "paper", { row: renderPaper, difference: renderPaperDifference }),
  short("figure_verdict", "verdict", { difference: renderClaim }),
  {
    ...short("paper_percent", "note", {
      row: ({ footnotes }) => footnotes.map(renderFootnoteMark).join(""),
    }),
    id: "footnotes",
  },
  { ...short("origin", "From"), long: true },
  { ...short("student_encoder", "Classifier"), long: true },
  {
    ...short("dev_source", "Dev", {
      row: ({ cell }) => (cell.devAccuracy === null ? "" : cell.dev.source),
    }),
    long: true,
  },
  { ...short("flags", "Flags"), long: true },
];

/** A column of the full table under a short head. */
function short(
  id: string,
  head: string,
  { row, difference }: LineTexts = {},
): TableColumn<ShortLine> {
  const column = cellColumns.find((one) => one.id === id);
  if (!column) throw new RangeError(`expected a column of Tables 3 and 4, got ${id}`);
  const text = (line: ShortLine): string => {
    if (line.kind === "heading") return id === "source" ? line.text : "";
    if (line.kind === "under") return difference?.(line.difference) ?? "";
    return (row ?? column.text)(line.row);
  };
  return { ...column, head, text, value: text };
}
