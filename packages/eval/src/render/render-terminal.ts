import { toPlainText } from "@seedling/core/internal";
import type { Analysis } from "../tables/analysis.ts";
import { toTerminalNotes } from "../tables/table-notes.ts";
import type { DomainAnswer, Equivalent, Pooled } from "../tables/view-beside.ts";
import { wrapText } from "./render-text.ts";
import { terminalColumns } from "./short-columns.ts";
import {
  type FigureLine,
  isFigureLine,
  type ShortLine,
  toDescription,
  toShortLines,
} from "./short-lines.ts";

/** Turbo puts `@seedling/eval:experiment: ` before every line: together 120 columns. */
const width = 92;

/** Texts, one for each column -> a line. */
type Layout = (texts: readonly string[]) => string;

/**
 * The key figures for a terminal: a line for each pair of tasks, under it a row for each cell, and under
 * that its differences to the human rows. What is long and mostly the same (creator, student, dev split,
 * flags) stands once, under a number.
 */
export function renderTerminal(view: Analysis): string {
  const tables = [view.tables[3], view.tables[4]];
  const rows = tables.flatMap((table) => table.rows);
  const cells = rows.filter((row) => row.kind === "cell");
  const layout = toLayout(tables.flatMap((table) => toShortLines(table)).filter(isFigureLine));
  const legend = [...new Set(cells.map(toDescription))];
  const blocks = tables.map((table) =>
    [table.title, "", ...renderLines(toShortLines(table), layout, legend)].join("\n"),
  );
  const numbered = legend.map((text, index) => `[${index + 1}] ${text}`);
  const feet = [numbered, toSentences(view), toTerminalNotes(rows), toNames(view)]
    .filter((foot) => foot.length > 0)
    .map((foot) => foot.map((line) => wrapText(toPlainText(line), width, "    ")).join("\n"));
  return `${[...blocks, ...feet].join("\n\n")}\n`;
}

/** Columns as wide as their widest text in any table. */
function toLayout(lines: readonly FigureLine[]): Layout {
  const all = [terminalColumns.map(({ head }) => head), ...lines.map(toTexts)];
  const widths = terminalColumns.map((_, column) =>
    Math.max(...all.map((texts) => texts[column]?.length ?? 0)),
  );
  return (texts) => {
    const padded = terminalColumns.map(({ align }, column) => {
      const [text = "", room = 0] = [texts[column], widths[column]];
      return align === "right" ? text.padStart(room) : text.padEnd(room);
    });
    return `  ${padded.join("  ")}`;
  };
}

/** A line's texts; a difference stands under its row, further in. */
function toTexts(line: FigureLine): string[] {
  const [source = "", ...texts] = terminalColumns.map(({ text }) => toPlainText(text(line)));
  return [line.kind === "difference" ? `  ${source}` : source, ...texts];
}

function renderLines(
  lines: readonly ShortLine[],
  layout: Layout,
  legend: readonly string[],
): string[] {
  if (lines.length === 0) return ["no evaluations yet"];
  const head = layout(terminalColumns.map((column) => column.head)).trimEnd();
  const rendered = lines.map((line) => {
    if (!isFigureLine(line))
      return `${line.kind === "student" ? " " : ""}${toPlainText(line.text)}`;
    const texts = layout(toTexts(line));
    if (line.kind === "difference") return texts.trimEnd();
    return `${texts}  [${legend.indexOf(toDescription(line.row)) + 1}]`;
  });
  return lines.some(isFigureLine) ? [head, ...rendered] : rendered;
}

/** What all of it says, where there is enough to say something: a sentence each, the first few. */
function toSentences({ answers, pooled, equivalents, about }: Analysis): string[] {
  return [...about, ...toInDomain(answers), ...toOutOfDomain(pooled), ...toWorth(equivalents)];
}

/** The first answer, against as many human examples and against all of them. */
function toInDomain([answer]: readonly DomainAnswer[]): string[] {
  if (!answer) return [];
  const conditions = `Creator ${answer.model}, student ${answer.student}.`;
  const parts = [answer.sameN, answer.largest].filter((part) => part !== null);
  return parts.map(({ sentence }) => `${sentence} ${conditions}`);
}

/** The first answer, and the same against the other kind of human row. */
function toOutOfDomain([first, ...others]: readonly Pooled[]): string[] {
  if (!first) return [];
  const { source, student, flags, size, sample, against } = first;
  const other = others.find(
    (one) =>
      one.source === source &&
      one.student === student &&
      one.flags === flags &&
      one.size === size &&
      one.sample === sample &&
      one.against !== against,
  );
  return [first, ...(other ? [other] : [])].map(({ sentence }) => sentence);
}

function toWorth(equivalents: readonly Equivalent[]): string[] {
  const students = new Set(equivalents.map(({ labels }) => labels.student));
  const worth = equivalents.map(({ task, test, labels, createdN, n, sentence }) => {
    const student = students.size > 1 ? ` (${labels.student})` : "";
    const are = n === null ? "their worth in human examples is" : "worth";
    return `${createdN} ${labels.source} examples of ${task}${task === test ? "" : `, on ${test}`}${student}: ${are} ${sentence}`;
  });
  const more = worth.length > 4 ? [`(${worth.length - 4} more in tables/further.md)`] : [];
  return [...worth.slice(0, 4), ...more];
}

/** What was counted, and files left out by name; runs that failed are told of after the tables. */
function toNames({ footers, leftOut }: Analysis): string[] {
  return [...footers, ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`)];
}
