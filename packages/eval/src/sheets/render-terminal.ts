import { toPlainText } from "@seedling/core";
import { groupBy } from "../group-by.ts";
import { toTerminalNotes } from "../tables/table-notes.ts";
import type { CellRow, Table, View } from "../tables/view.ts";
import { wrapText } from "./render-text.ts";
import { shortColumns, toHeading } from "./short-columns.ts";

/** Turbo puts `@seedling/eval:experiment: ` before every line: together 120 columns. */
const width = 92;

/** Texts, one for each column -> a line. */
type Layout = (texts: readonly string[]) => string;

/**
 * The key figures for a terminal: a line for each pair of tasks, under it a row for each cell. What is
 * long and mostly the same (creator, student, dev split, flags) stands once, under a number.
 */
export function renderTerminal(view: View): string {
  const tables = [view.tables[3], view.tables[4]];
  const rows = tables.flatMap((table) => table.rows);
  const cells = rows.filter((row) => row.kind === "cell");
  const layout = toLayout(cells);
  const legend = [...new Set(cells.map(toDescription))];
  const blocks = tables.map((table) =>
    [table.title, "", ...toLines(table, layout, legend)].join("\n"),
  );
  const numbered = legend.map((text, index) => `[${index + 1}] ${text}`);
  const feet = [numbered, toSentences(view), toTerminalNotes(rows), toNames(view)]
    .filter((foot) => foot.length > 0)
    .map((foot) => foot.map((line) => wrapText(toPlainText(line), width, "    ")).join("\n"));
  return `${[...blocks, ...feet].join("\n\n")}\n`;
}

/** Columns as wide as their widest text in any table. */
function toLayout(rows: readonly CellRow[]): Layout {
  const widths = shortColumns.map(({ head, text }) =>
    Math.max(...[head, ...rows.map(text).map(toPlainText)].map(({ length }) => length)),
  );
  return (texts) => {
    const padded = shortColumns.map(({ align }, index) => {
      const [text = "", room = 0] = [texts[index], widths[index]];
      return align === "right" ? text.padStart(room) : text.padEnd(room);
    });
    return `  ${padded.join("  ")}`;
  };
}

function toLines({ number, rows }: Table, layout: Layout, legend: readonly string[]): string[] {
  if (rows.length === 0) return ["no evaluations yet"];
  const lines: string[] = [];
  if (rows.some((row) => row.kind === "cell"))
    lines.push(layout(shortColumns.map(({ head }) => head)).trimEnd());
  const groups = groupBy(rows, (row) => toPlainText(toHeading(number, row)));
  for (const [heading, own] of groups) {
    lines.push(heading);
    const cells = own.filter((row) => row.kind === "cell");
    const students = groupBy(cells, ({ labels }) => toPlainText(labels.student));
    for (const [student, its] of students) {
      if (students.size > 1) lines.push(` ${student}`);
      lines.push(...its.map((row) => toLine(row, layout, legend)));
    }
  }
  return lines;
}

function toLine(row: CellRow, layout: Layout, legend: readonly string[]): string {
  const texts = shortColumns.map(({ text }) => toPlainText(text(row)));
  return `${layout(texts)}  [${legend.indexOf(toDescription(row)) + 1}]`;
}

function toDescription({ cell, labels }: CellRow): string {
  const dev = cell.devAccuracy === null ? "" : `dev ${cell.dev.source}`;
  const parts = [labels.origin, `student ${labels.student}`, dev, labels.flags];
  return toPlainText(parts.filter(Boolean).join("; "));
}

/** What all of it says, where there is enough to say something: a sentence each, the first few. */
function toSentences({ answers: [answer], pooled: [first], equivalents, about }: View): string[] {
  const parts = [answer?.sameN, answer?.largest].flatMap((part) => part?.sentence ?? []);
  const conditions = answer ? ` Creator ${answer.model}, student ${answer.student}.` : "";
  const inDomain = parts.map((sentence) => sentence + conditions);
  const students = new Set(equivalents.map(({ labels }) => labels.student));
  const worth = equivalents.map(({ task, test, labels, createdN, n, sentence }) => {
    const student = students.size > 1 ? ` (${labels.student})` : "";
    const are = n === null ? "their worth in human examples is" : "worth";
    return `${createdN} ${labels.source} examples of ${task}${task === test ? "" : `, on ${test}`}${student}: ${are} ${sentence}`;
  });
  const more = worth.length > 4 ? [`(${worth.length - 4} more in tables/further.md)`] : [];
  return [...about, ...inDomain, ...(first ? [first.sentence] : []), ...worth.slice(0, 4), ...more];
}

/** What was counted, and files left out by name; runs that failed are told of after the tables. */
function toNames({ footers, leftOut }: View): string[] {
  return [...footers, ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`)];
}
