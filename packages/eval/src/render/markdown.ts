import { toPlainText } from "@seedling/core/internal";
import { markdownTable } from "markdown-table";
import type { TextTable } from "./text-table.ts";

/** Tables as a Markdown document. Names from outside cannot break out of their cell. */
export function renderMarkdown(tables: readonly TextTable[]): string {
  return tables.map((table, index) => renderTable(table, index === 0 ? "#" : "##")).join("\n");
}

function renderTable({ title, columns, rows, empty, notes }: TextTable, level: string): string {
  const head = columns.map((column) => column.head);
  const texts = rows.map((row) => row.texts.map(escapeMarkdown));
  const align = columns.map((column) => column.align);
  const body = rows.length > 0 ? markdownTable([head, ...texts], { align }) : empty;
  const list = notes.map((note) => `- ${escapeMarkdown(note)}\n`).join("");
  return `${level} ${escapeMarkdown(title)}\n\n${body}\n${list && `\n${list}`}`;
}

function escapeMarkdown(text: string): string {
  return toPlainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\|`*[\]]/g, "\\$&");
}
