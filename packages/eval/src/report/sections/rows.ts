import { sha256, toShortName } from "@seedling/core/internal";
import { type HtmlLayout, html, type Insert, renderHtmlTable } from "../../render/html.ts";
import type { Table } from "../../tables/column.ts";
import type { Role } from "../../tables/groups.ts";
import { looks, renderShape } from "../charts/looks.ts";
import { keepFlags, renderBadge, renderBehind, renderMark, renderMissing } from "../page/page.ts";

/** A number to three digits, without needless zeros: 0.98382 -> `0.984`. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A task's name without its format, except for closed BoolQ, whose open form has the same name. */
export function formatTask(task: string): string {
  return task === "yesno_close/boolq" ? "boolq (closed)" : toShortName(task);
}

/** What was trained on, and what was tested on where that is another task: `creak → strategyqa`. */
export function formatTasks(task: string, test: string): string {
  return test === task ? formatTask(task) : `${formatTask(task)} → ${formatTask(test)}`;
}

/** A source's symbol and name, with a badge for bundled or replayed data. */
export function renderSource(role: Role, name: string, origin: string): Insert {
  return html`${renderShape(looks[role])}${name} ${renderBadge([origin])}`;
}

/** Forms of a row's tasks, source and flags on the page, by column: short names, a badge for SAMPLE. */
export const decorateRow = {
  flags: (_: unknown, text: string) => keepFlags(text),
  trained_on: (_: unknown, task: string) => formatTask(task),
  tested_on: (_: unknown, task: string) => formatTask(task),
  source: (_: unknown, text: string) => {
    const name = text.replace(/ SAMPLE$/, "");
    return html`${name} ${renderBadge(name === text ? [] : ["SAMPLE"])}`;
  },
};

/**
 * A table with its heading, and its notes behind a mark there.
 * @param command that brings rows; without it nothing is shown of an empty table
 * @param below what stands between the table and its notes
 */
export function showTable<Row>(
  table: Table<Row>,
  layout: HtmlLayout<Row>,
  command: string | null = null,
  below: Insert = null,
): Insert {
  const { title, rows, empty, notes } = table;
  if (rows.length === 0) return command && renderMissing(`${title}: ${empty}`, command);
  const shown = renderHtmlTable(table, layout);
  if (notes.length === 0) return html`<h3>${title}</h3>\n${shown}${below}`;
  const id = `notes-${sha256(shown.text).slice(0, 12)}`;
  return html`<h3>${title}${renderMark(id, title)}</h3>\n${shown}${below}${renderBehind(id, title, notes)}`;
}
