import { toPlainText } from "@seedling/core/internal";
import type { Analysis } from "../tables/analysis.ts";
import { listSentences } from "../tables/sentences.ts";
import { createShortTable } from "../tables/short-table.ts";
import { numberLong, type TextTable, toTexts } from "./text-table.ts";

/** Turbo puts `@seedling/eval:experiment: ` before every line: together 120 columns. */
const lineWidth = 92;

/**
 * The key numbers for a terminal: Tables 3 and 4 in short, what is long and mostly the same under a
 * number, then the answers, a sentence each, and what was counted and left out.
 */
export function renderTerminal(analysis: Analysis): string {
  const short = [analysis.tables[3], analysis.tables[4]].map((table) =>
    toTexts(createShortTable(table, "terminal")),
  );
  const { tables, legend } = numberLong(short);
  const notes = [...new Set(short.flatMap((table) => table.notes))];
  const leftOut = analysis.leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`);
  const lists = [legend, listSentences(analysis), notes, [...analysis.footers, ...leftOut]];
  const paragraphs = lists
    .filter((list) => list.length > 0)
    .map((list) => list.map((line) => wrapText(toPlainText(line), lineWidth, "    ")).join("\n"));
  return `${[...tables.map(renderTextTable), ...paragraphs].join("\n\n")}\n`;
}

/** A table in columns as wide as their widest texts; a heading stands out to the left, what is under a row further in. */
export function renderTextTable({ title, columns, rows, empty }: TextTable): string {
  const cells = rows
    .filter(({ kind }) => kind !== "heading")
    .map(({ texts, kind }) =>
      texts.map(
        (text, index) => `${kind === "under" && index === 0 ? "  " : ""}${toPlainText(text)}`,
      ),
    );
  const heads = columns.map(({ head }) => head);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((texts) => texts[column]?.length ?? 0)),
  );
  const renderLine = (texts: readonly string[]) => {
    const padded = columns.map(({ align }, column) => {
      const [text = "", width = 0] = [texts[column], widths[column]];
      return align === "right" ? text.padStart(width) : text.padEnd(width);
    });
    return `  ${padded.join("  ")}`.trimEnd();
  };
  const remaining = cells.values();
  const lines = rows.map(({ texts, kind }) =>
    kind === "heading" ? toPlainText(texts[0] ?? "") : renderLine(remaining.next().value ?? []),
  );
  const head = cells.length > 0 ? [renderLine(heads)] : [];
  return [title, "", ...head, ...(rows.length > 0 ? lines : [empty])].join("\n");
}

/** Breaks a text at spaces, lines after the first indented. A longer word keeps its line. */
export function wrapText(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
