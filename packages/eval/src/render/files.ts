import { toPlainText } from "@seedling/core/internal";
import { stringify } from "csv-stringify/sync";
import { markdownTable } from "markdown-table";
import { createAccuracyTable } from "../tables/accuracy-columns.ts";
import type { Analysis } from "../tables/analysis.ts";
import { createAnswerTable } from "../tables/answers.ts";
import { bestTable } from "../tables/best.ts";
import { listClaims } from "../tables/claims.ts";
import type { Table } from "../tables/column.ts";
import { componentTable, listComponents } from "../tables/components.ts";
import { controlTable } from "../tables/controls.ts";
import { equivalentTable } from "../tables/equivalents.ts";
import { createFigure5Table } from "../tables/figure5.ts";
import {
  createComparisonTable,
  createFileClaimTable,
  createRecallTable,
} from "../tables/file-tables.ts";
import { createMethodsTable } from "../tables/methods-table.ts";
import { createPooledTable } from "../tables/pooled.ts";
import { createSettingsTables } from "../tables/settings-table.ts";
import { createShortTable } from "../tables/short-table.ts";
import { createCostTable } from "../tables/table5.ts";
import { renderLatex } from "./latex.ts";
import { renderLatexFloat } from "./latex-float.ts";
import { numberLong, type TextTable, toTexts } from "./text-table.ts";

/** The files of the tables' folder, by name. The same analysis gives the same bytes. */
export function renderFiles(analysis: Analysis): Record<string, string> {
  const { tables, table5, figure5, files, own } = analysis;
  const footers = listFooters(analysis);
  const renderTexts = (name: string, full: TextTable[], short = full) => ({
    [`${name}.md`]: renderMarkdown(withFooters(full, footers)),
    [`${name}.tex`]: renderLatex(withFooters(short.map(withLegend), footers)),
  });
  const renderTable = <Row>(name: string, full: Table<Row>, short?: TextTable) => ({
    ...renderTexts(name, [toTexts(full)], short && [short]),
    [`${name}.csv`]: renderCsv(full),
  });
  const shorten = (number: 3 | 4) => toTexts(createShortTable(tables[number], "page"));
  const settings = ([3, 4] as const).flatMap((number) =>
    createSettingsTables(tables[number]).map((table) => toTexts(table)),
  );
  return {
    ...renderTable("table3", createAccuracyTable(tables[3]), shorten(3)),
    ...renderTable("table4", createAccuracyTable(tables[4]), shorten(4)),
    ...renderTable("table5", createCostTable(table5)),
    ...renderTable("figure5", createFigure5Table(figure5)),
    ...renderTexts("further", [
      ...analysis.methods.map((methods) => toTexts(createMethodsTable(methods))),
      ...(own ? [] : [toTexts(createAnswerTable(analysis.answers))]),
      ...(own ? [] : [toTexts({ ...bestTable, rows: analysis.best })]),
      toTexts({ ...controlTable, rows: analysis.controls }),
      ...(own ? [] : [toTexts(createPooledTable(analysis.pooled))]),
      toTexts({ ...equivalentTable, rows: analysis.equivalents }),
      toTexts({ ...componentTable, rows: listComponents(analysis.components) }),
      ...(files.comparisons.length > 0
        ? [
            toTexts(createFileClaimTable(files.answers)),
            toTexts(createComparisonTable(files.comparisons)),
            toTexts(createRecallTable(files.comparisons)),
          ]
        : []),
    ]),
    "settings.md": renderMarkdown(
      withFooters(settings.length > 0 ? settings : [noSettings], footers),
    ),
    "settings.tex": settings
      .map((table, i) => renderLatexFloat(table, `seedling-settings-${i + 1}`))
      .join("\n"),
    "claims.json": `${JSON.stringify(listClaims(analysis), null, 2)}\n`,
    "tables.json": `${JSON.stringify(analysis, null, 2)}\n`,
  };
}

const noSettings: TextTable = {
  title: "Accuracy of each setting",
  columns: [],
  rows: [],
  empty: "No evaluations yet.",
  notes: [],
};

/** A table for a page, with the texts of its long columns among its notes. */
function withLegend(table: TextTable): TextTable {
  const { tables, legend } = numberLong([table]);
  return { ...table, ...tables[0], notes: [...legend, ...table.notes] };
}

/** The experiments' descriptions, and what was left out. */
function listFooters({ about, footers, leftOut, failures }: Analysis): string[] {
  return [
    ...about,
    ...footers,
    ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`),
    ...failures.map(({ path, stage, error }) => `Failed ${stage}: ${path}: ${error}`),
  ];
}

/** Tables with notes of all of them under the last one. */
function withFooters(tables: readonly TextTable[], footers: readonly string[]): TextTable[] {
  const last = tables.at(-1) as TextTable;
  return tables.with(-1, { ...last, notes: [...last.notes, ...footers] });
}

/**
 * A table as CSV, every column by its id. Text that a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
export function renderCsv<Row>({ columns, rows }: Table<Row>): string {
  const records = rows.map((row) =>
    Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])),
  );
  return stringify(records, {
    header: true,
    columns: columns.map(({ id }) => id),
    escape_formulas: true,
    cast: { boolean: String, string: toPlainText },
  });
}

/** Tables as a Markdown document. Names from outside cannot break out of their cell. */
function renderMarkdown(tables: readonly TextTable[]): string {
  return tables
    .map((table, index) => renderMarkdownTable(table, index === 0 ? "#" : "##"))
    .join("\n");
}

function renderMarkdownTable(
  { title, columns, rows, empty, notes }: TextTable,
  level: string,
): string {
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
