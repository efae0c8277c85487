import { toPlainText } from "@seedling/core";
import { markdownTable } from "markdown-table";
import type { LeftOut } from "../evaluation-files.ts";
import {
  toConditionsLabel,
  toOriginLabel,
  toSourceLabel,
  toStudentLabel,
  toTestLabel,
} from "./labels.ts";
import {
  dash,
  renderBaseline,
  renderInterval,
  renderPaper,
  renderPercent,
  renderTrainSize,
} from "./render-figures.ts";
import type { CellRow, DashRow, Row, Table } from "./table-rows.ts";

/** A column: its head, its alignment, and what a row says in it. */
interface Column {
  head: string;
  align: "left" | "right";
  cell(row: CellRow): string;
  /** What a row without an evaluation says; a dash if not given. */
  dash?(row: DashRow): string;
}

const columns: readonly Column[] = [
  left(
    "Trained on",
    ({ cell }) => cell.task,
    (row) => row.trainedOn,
  ),
  left(
    "Tested on",
    ({ cell }) => toTestLabel(cell),
    (row) => row.testedOn ?? dash,
  ),
  left("Source", ({ cell }) => toSourceLabel(cell)),
  right("Train N", ({ cell }) => renderTrainSize(cell.train)),
  right("Test n", ({ cell }) => String(cell.test.n)),
  right("Accuracy %", ({ cell }) => renderPercent(cell.accuracy)),
  right("95% interval", ({ cell }) => renderInterval(cell.interval)),
  right("Seeds", ({ cell }) => String(cell.seeds)),
  right("Baseline %", ({ cell }) => renderBaseline(cell.baseline)),
  right("Paper %", renderPaper),
  right("Dev %", ({ cell }) => `${cell.dev.source} ${renderPercent(cell.devAccuracy)}`),
  left("Student", ({ cell }) => toStudentLabel(cell)),
  left("Flags", ({ cell }) => toConditionsLabel(cell) || dash),
  left(
    "Data and creator",
    ({ cell }) => toOriginLabel(cell),
    (row) => row.why,
  ),
];

/** A table as a Markdown document. Names from outside cannot break out of their cell. */
export function renderMarkdown(table: Table, leftOut: readonly LeftOut[]): string {
  const shown = columns.filter(({ head }) => head !== "Flags" || table.rows.some(hasConditions));
  const head = shown.map((column) => column.head);
  const rows = table.rows.map((row) => shown.map((column) => escapeMarkdown(toText(column, row))));
  const body =
    rows.length > 0
      ? markdownTable([head, ...rows], { align: shown.map(({ align }) => align) })
      : "No evaluations yet.";
  const notes = [...table.notes, ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`)];
  const list = notes.map((note) => `- ${escapeMarkdown(note)}\n`).join("");
  return `# ${table.title}\n\n${body}\n${list && `\n${list}`}`;
}

function toText(column: Column, row: Row): string {
  return row.kind === "cell" ? column.cell(row) : (column.dash?.(row) ?? dash);
}

function hasConditions(row: Row): boolean {
  return row.kind === "cell" && toConditionsLabel(row.cell) !== "";
}

function escapeMarkdown(text: string): string {
  return toPlainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\|`*[\]]/g, "\\$&");
}

function left(head: string, cell: Column["cell"], dashed?: Column["dash"]): Column {
  return { head, align: "left", cell, ...(dashed && { dash: dashed }) };
}

function right(head: string, cell: Column["cell"]): Column {
  return { head, align: "right", cell };
}
