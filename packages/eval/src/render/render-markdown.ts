import { toPlainText } from "@seedling/core/internal";
import { markdownTable } from "markdown-table";
import type { TextTable } from "./sheet.ts";

/** Sheets as a Markdown document. Names from outside cannot break out of their cell. */
export function renderMarkdown(sheets: readonly TextTable[]): string {
  return sheets.map((sheet, place) => renderSheet(sheet, place === 0 ? "#" : "##")).join("\n");
}

function renderSheet({ title, columns, rows, empty, notes }: TextTable, mark: string): string {
  const head = columns.map((column) => column.head);
  const texts = rows.map((row) => row.map(escapeMarkdown));
  const align = columns.map((column) => column.align);
  const body = rows.length > 0 ? markdownTable([head, ...texts], { align }) : empty;
  const list = notes.map((note) => `- ${escapeMarkdown(note)}\n`).join("");
  return `${mark} ${escapeMarkdown(title)}\n\n${body}\n${list && `\n${list}`}`;
}

function escapeMarkdown(text: string): string {
  return toPlainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\|`*[\]]/g, "\\$&");
}
