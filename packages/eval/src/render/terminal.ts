import { toPlainText } from "@seedling/core/internal";
import { sum } from "d3-array";
import { listCellRows } from "../tables/accuracy-table.ts";
import type { Analysis } from "../tables/analysis.ts";
import { sortBy } from "../tables/cells.ts";
import { listNotes } from "../tables/notes.ts";
import { createShortTable } from "../tables/short-table.ts";
import { numberLong, type TextTable, toTexts } from "./text-table.ts";

/** Turbo puts `@seedling/eval:experiment: ` before every line: together 120 columns. */
const lineWidth = 92;

/**
 * The key numbers for a terminal: Tables 3 and 4 in short, what is long and mostly the same under a
 * number, then the answers, a sentence each, and what was counted and left out.
 */
export function renderTerminal(analysis: Analysis): string {
  const both = [analysis.tables[3], analysis.tables[4]];
  const shown = both.filter(({ rows }) => rows.length > 0);
  const { tables, legend } = numberLong(
    shown.map((table) => toTexts(createShortTable(table, "terminal"))),
  );
  const notes = listNotes(listCellRows(...shown), "terminal");
  const leftOut = analysis.leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`);
  const lists = [legend, listSentences(analysis), notes, [...analysis.footers, ...leftOut]];
  const paragraphs = lists
    .filter((list) => list.length > 0)
    .map((list) => list.flatMap((line) => wrapText(line, lineWidth, "    ")).join("\n"));
  const first = tables.length > 0 ? tables.map(renderTextTable) : ["No evaluations yet."];
  return `${[...first, ...paragraphs].join("\n\n")}\n`;
}

/** Tables with their notes for a terminal, what is long and mostly the same under a number. */
export function renderTextTables(tables: readonly TextTable[]): string {
  const { tables: shown, legend } = numberLong(tables);
  const lists = [...shown.map(({ notes }) => notes), legend].filter(({ length }) => length > 0);
  const paragraphs = lists.map((list) =>
    list.flatMap((line) => wrapText(line, lineWidth, "    ")).join("\n"),
  );
  return [...shown.map(renderTextTable), ...paragraphs].join("\n\n");
}

/** What the results say, a sentence each, the first few; none where there is not enough to say something. */
function listSentences({ answers, pooled, equivalents, about }: Analysis): string[] {
  const [answer] = answers;
  const inDomain = [answer?.sameN, answer?.largest].flatMap((part) => part?.sentence ?? []);
  const [first, ...others] = pooled;
  // The same question against the other kind of human row.
  const keys = ["source", "student", "flags", "size", "sample"] as const;
  const other = others.find(
    (one) => keys.every((key) => one[key] === first?.[key]) && one.against !== first?.against,
  );
  return [
    ...about,
    ...inDomain.map((one) => `${one} Creator ${answer?.model}, classifier ${answer?.student}.`),
    ...[first, other].flatMap((one) => one?.sentence ?? []),
    ...listEquivalents(equivalents),
  ];
}

function listEquivalents(equivalents: Analysis["equivalents"]): string[] {
  const students = new Set(equivalents.map(({ labels }) => labels.student));
  const all = equivalents.map(({ task, test, labels, createdN, n, sentence }) => {
    const student = students.size > 1 ? ` (${labels.student})` : "";
    const are = n === null ? "their human-equivalent N is" : "worth";
    return `${createdN} ${labels.source} examples of ${task}${task === test ? "" : `, on ${test}`}${student}: ${are} ${sentence}`;
  });
  const more = all.length > 4 ? [`(${all.length - 4} more in tables/further.md)`] : [];
  return [...all.slice(0, 4), ...more];
}

/**
 * A table in columns as wide as their widest texts; where a line would be too long, texts are wrapped. A
 * heading stands out to the left, what is under a row further in.
 */
function renderTextTable({ title, columns, rows }: TextTable): string {
  const heads = columns.map(({ head }) => head);
  const cells = rows.filter(({ kind }) => kind !== "heading");
  const widths = fitWidths(
    heads.map((head, column) => [
      head,
      ...cells.map(({ texts, kind }) => indent(kind, column) + toPlainText(texts[column] ?? "")),
    ]),
  );
  const renderLines = ({ texts, kind }: TextTable["rows"][number]): string[] => {
    if (kind === "heading") return wrapText(texts[0] ?? "", lineWidth, "    ");
    const wrapped = texts.map((text, column) => {
      const before = indent(kind, column);
      const lines = wrapText(text, (widths[column] ?? 0) - before.length, indent("under", column));
      return lines.map((line) => before + line);
    });
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const padded = columns.map(({ align }, column) => {
        const [text = "", width = 0] = [wrapped[column]?.[line], widths[column]];
        return align === "right" ? text.padStart(width) : text.padEnd(width);
      });
      return `  ${padded.join("  ")}`.trimEnd();
    });
  };
  const lines = [{ texts: heads }, ...rows].flatMap(renderLines);
  return [...wrapText(title, lineWidth, "    "), "", ...lines].join("\n");
}

/** What stands before the first text of a row that is under another, and before its further lines. */
function indent(kind: TextTable["rows"][number]["kind"], column: number): string {
  return kind === "under" && column === 0 ? "  " : "";
}

/** The widths that columns need; beyond the line's they get narrower, first those with the fewest texts to wrap. */
function fitWidths(columns: readonly (readonly string[])[]): number[] {
  const widths = columns.map((texts) => Math.max(...texts.map(({ length }) => length)));
  const needs = columns.map((texts, column) => {
    const words = texts.flatMap((text) => text.trim().split(" "));
    const longest = Math.max(...words.map(({ length }) => length));
    const width = widths[column] ?? 0;
    const room = width - longest - 2 * indent("under", column).length;
    const wrapped = texts.filter(({ length }) => length > width - room).length;
    // Less room is not worth a broken text.
    return { column, room: room > 3 ? room : 0, wrapped };
  });
  let excess = sum(widths) + 2 * widths.length - lineWidth;
  for (const { column, room } of sortBy(needs, ({ wrapped, room }) => [wrapped, -room])) {
    const less = Math.max(0, Math.min(excess, room));
    widths[column] = (widths[column] ?? 0) - less;
    excess -= less;
  }
  return widths;
}

/** Breaks a text at spaces, lines after the first indented. A longer word keeps its line. */
function wrapText(text: string, width: number, indentation: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of toPlainText(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indentation + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
