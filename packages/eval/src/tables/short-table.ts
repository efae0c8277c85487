import { dash } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import { renderFootnoteMark } from "./accuracy-columns.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import { left, long, right, type Table, type TableColumn } from "./column.ts";
import { listNotes } from "./notes.ts";
import {
  renderFixedPercent,
  renderInterval,
  renderP,
  renderPoints,
  renderPointsRange,
} from "./numbers.ts";
import type { AccuracyRow, CellRow, RowDifference } from "./row.ts";
import {
  renderClaim,
  renderFigureVerdict,
  renderMarked,
  renderPaper,
  renderPaperDifference,
} from "./row-texts.ts";
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

const pageOnly = ["accuracy_without_collapsed_percent", "mde_points", "footnotes"];

const shortColumns: readonly TableColumn<ShortLine>[] = [
  left("source", "source", (line) =>
    line.kind === "heading" ? line.text : ofBoth(renderSource, renderAgainst)(line),
  ),
  right(
    "train_n",
    "N",
    ofBoth(renderSize, ({ against }) => String(against.n)),
  ),
  right(
    "accuracy_percent",
    "acc %",
    ofBoth(
      ({ cell }) => renderFixedPercent(cell.accuracy),
      ({ estimate }) => renderPoints(estimate.value),
    ),
  ),
  right(
    "accuracy_without_collapsed_percent",
    "without collapsed",
    ofBoth(({ cell: { withoutCollapsed } }) =>
      withoutCollapsed === null ? "" : renderFixedPercent(withoutCollapsed),
    ),
  ),
  right(
    "interval",
    "95 %",
    ofBoth(
      ({ cell }) => renderInterval(cell.interval),
      ({ estimate }) => renderPointsRange(estimate),
    ),
  ),
  right("seeds", "seeds", ofBoth(renderRuns)),
  right(
    "p_holm",
    "p (Holm)",
    ofBoth(nothing, ({ adjustedP }) => (adjustedP === null ? dash : renderP(adjustedP))),
  ),
  right(
    "mde_points",
    "MDE",
    ofBoth(nothing, ({ minimumDetectable }) => renderPoints(minimumDetectable).slice(1)),
  ),
  right("paper", "paper", ofBoth(renderPaper, renderPaperDifference)),
  left("verdict", "verdict", (line) =>
    ofBoth(renderFigureVerdict, renderClaim)(line).replace(dash, ""),
  ),
  left(
    "footnotes",
    "note",
    ofBoth(({ footnotes }) => footnotes.map(renderFootnoteMark).join("")),
  ),
  long(
    "origin",
    "Data",
    ofBoth(({ labels }) => labels.origin),
  ),
  long(
    "student",
    "Student",
    ofBoth(({ labels }) => labels.student),
  ),
  long(
    "dev",
    "Dev",
    ofBoth(({ cell }) => (cell.devAccuracy === null ? "" : cell.dev.source)),
  ),
  long(
    "flags",
    "Flags",
    ofBoth(({ labels }) => labels.flags),
  ),
];

/** The text of a row in a column, and of a difference below it; a heading has none. */
function ofBoth(
  ofRow: (row: CellRow) => string,
  ofDifference: (difference: RowDifference) => string = nothing,
) {
  return (line: ShortLine): string => {
    if (line.kind === "heading") return "";
    return line.kind === "row" ? ofRow(line.row) : ofDifference(line.difference);
  };
}

function nothing(): string {
  return "";
}

/** Controls in a word. */
const controls: Record<string, string> = {
  "labels shuffled": "shuffled",
  "options alone": "options",
};

function renderSource({ cell, labels, role, control }: CellRow): string {
  const short = control === null ? undefined : controls[control];
  return renderMarked(short === undefined ? labels.source : `${role}, ${short}`, cell);
}

/** `minus human`; the N of `human, same N` has a column of its own. */
function renderAgainst({ against }: RowDifference): string {
  return `minus ${against.label.replace(/, same N$/, "")}`;
}

function renderSize({ cell: { train } }: CellRow): string {
  return train.n < train.target ? `${train.n}/${train.target}` : String(train.n);
}

/** Runs, `=` if they all answer alike, `c` those that collapsed: `3`, `3=`, `3 1c`. */
function renderRuns({ cell: { seeds, sameAnswers, collapsed } }: CellRow): string {
  return `${seeds}${sameAnswers ? "=" : ""}${collapsed > 0 ? ` ${collapsed}c` : ""}`;
}
