import { toPlainText } from "@seedling/core";
import type { LeftOut } from "../evaluation-files.ts";
import {
  toConditionsLabel,
  toOriginLabel,
  toOriginWord,
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
import { wrapText } from "./render-text.ts";
import type { CellRow, Row, Table } from "./table-rows.ts";

/** Turbo puts `@seedling/eval:experiment: ` before every line: together 120 columns. */
const width = 92;

/** A column: its head, its side, and a row's text in it. */
const columns: readonly [head: string, side: "left" | "right", text: (row: CellRow) => string][] = [
  ["source", "left", ({ cell }) => toSourceLabel(cell)],
  ["train N", "right", ({ cell }) => renderTrainSize(cell.train)],
  ["accuracy", "right", ({ cell }) => renderPercent(cell.accuracy)],
  ["95% interval", "right", ({ cell }) => renderInterval(cell.interval)],
  ["seeds", "right", ({ cell }) => String(cell.seeds)],
  ["baseline", "right", ({ cell }) => renderBaseline(cell.baseline)],
  ["paper", "right", renderPaper],
  ["data", "left", ({ cell }) => toOriginWord(cell)],
];

/** Texts, one for each column -> a line. */
type Layout = (texts: readonly string[]) => string;

/**
 * Tables for a terminal: a line for each pair of tasks, under it a row for each cell. What is long
 * and mostly the same (creator, student, dev split, flags) stands once, under a number.
 */
export function renderTerminal(tables: readonly Table[], leftOut: readonly LeftOut[]): string {
  const rows = tables.flatMap((table) => table.rows.filter((row) => row.kind === "cell"));
  const layout = toLayout(rows);
  const legend = [...new Set(rows.map(toDescription))];
  const blocks = tables.map((t) => [t.title, "", ...toLines(t, layout, legend)].join("\n"));
  const numbered = legend.map((text, index) => `[${index + 1}] ${text}`);
  const notes = new Set(tables.flatMap((table) => table.notes));
  const named = leftOut.map(({ path, why }) => toPlainText(`Left out: ${path}: ${why}`));
  const feet = [numbered, [...notes, ...named]]
    .filter((foot) => foot.length > 0)
    .map((foot) => foot.map((line) => wrapText(line, width, "    ")).join("\n"));
  return `${[...blocks, ...feet].join("\n\n")}\n`;
}

/** Columns as wide as their widest text in any table. */
function toLayout(rows: readonly CellRow[]): Layout {
  const widths = columns.map(([head, , text]) =>
    Math.max(...[head, ...rows.map(text)].map(({ length }) => length)),
  );
  return (texts) => {
    const padded = columns.map(([, side], index) => {
      const [text = "", room = 0] = [texts[index], widths[index]];
      return side === "right" ? text.padStart(room) : text.padEnd(room);
    });
    return `  ${padded.join("  ")}`;
  };
}

function toLines({ number, rows }: Table, layout: Layout, legend: readonly string[]): string[] {
  if (rows.length === 0) return ["no evaluations yet"];
  const lines: string[] = [];
  if (rows.some((row) => row.kind === "cell"))
    lines.push(layout(columns.map(([head]) => head)).trimEnd());
  let group = "";
  for (const row of rows) {
    const heading = toHeading(number, row);
    if (heading !== group) lines.push(heading);
    group = heading;
    if (row.kind === "cell") lines.push(toLine(row, layout, legend));
  }
  return lines;
}

function toLine(row: CellRow, layout: Layout, legend: readonly string[]): string {
  const texts = columns.map(([, , text]) => text(row));
  return `${layout(texts)} [${legend.indexOf(toDescription(row)) + 1}]`;
}

function toHeading(number: Table["number"], row: Row): string {
  if (row.kind === "dash")
    return toPlainText(`${row.trainedOn} → ${row.testedOn ?? dash}, ${row.why}`);
  const { cell } = row;
  const from = number === 4 ? `${cell.task} → ` : "";
  const sample = cell.test.data.kind === "sample" ? "SAMPLE " : "";
  return toPlainText(`${from}${toTestLabel(cell)}, ${cell.test.n} ${sample}test items`);
}

function toDescription({ cell }: CellRow): string {
  const student = `student ${toStudentLabel(cell)}`;
  const parts = [toOriginLabel(cell), student, `dev ${cell.dev.source}`, toConditionsLabel(cell)];
  return toPlainText(parts.filter(Boolean).join("; "));
}
