import { createAccuracyTable } from "../tables/accuracy-columns.ts";
import type { Analysis } from "../tables/analysis.ts";
import { createAnswerTable } from "../tables/answers.ts";
import { createBestTable } from "../tables/best.ts";
import { createComponentTable } from "../tables/components.ts";
import { createControlTable } from "../tables/controls.ts";
import { createEquivalentTable } from "../tables/equivalents.ts";
import { createFigure5Table } from "../tables/figure5.ts";
import { createPooledTable } from "../tables/pooled.ts";
import { createShortTable } from "../tables/short-table.ts";
import { createCostTable } from "../tables/table5.ts";
import { renderCsv } from "./csv.ts";
import { renderLatex } from "./latex.ts";
import { renderMarkdown } from "./markdown.ts";
import { numberLong, type TextTable, toTexts } from "./text-table.ts";

/** The files of the tables' folder, by name. The same analysis gives the same bytes. */
export function renderFiles(analysis: Analysis): Record<string, string> {
  const { tables, table5, figure5 } = analysis;
  const markdown = (...texts: TextTable[]) => renderMarkdown(withFooters(texts, analysis));
  const latex = (...texts: TextTable[]) =>
    renderLatex(withFooters(texts.map(withLegend), analysis));
  const full = { 3: createAccuracyTable(tables[3]), 4: createAccuracyTable(tables[4]) };
  const costs = createCostTable(table5);
  const fractions = createFigure5Table(figure5);
  const further = [
    toTexts(createAnswerTable(analysis.answers)),
    toTexts(createBestTable(analysis.best)),
    toTexts(createControlTable(analysis.controls)),
    toTexts(createPooledTable(analysis.pooled)),
    toTexts(createEquivalentTable(analysis.equivalents)),
    toTexts(createComponentTable(analysis.components)),
  ];
  return {
    "table3.md": markdown(toTexts(full[3])),
    "table3.csv": renderCsv(full[3]),
    "table3.tex": latex(toTexts(createShortTable(tables[3], "page"))),
    "table4.md": markdown(toTexts(full[4])),
    "table4.csv": renderCsv(full[4]),
    "table4.tex": latex(toTexts(createShortTable(tables[4], "page"))),
    "table5.md": markdown(toTexts(costs)),
    "table5.csv": renderCsv(costs),
    "table5.tex": latex(toTexts(costs)),
    "figure5.md": markdown(toTexts(fractions)),
    "figure5.csv": renderCsv(fractions),
    "figure5.tex": latex(toTexts(fractions)),
    "further.md": markdown(...further),
    "further.tex": latex(...further),
    "tables.json": `${JSON.stringify(analysis, null, 2)}\n`,
  };
}

/** A table for a page, with the texts of its long columns among its notes. */
function withLegend(table: TextTable): TextTable {
  const { tables, legend } = numberLong([table]);
  return { ...table, ...tables[0], notes: [...legend, ...table.notes] };
}

/** Tables with the experiments' descriptions, and what was left out, under the last one. */
function withFooters(tables: readonly TextTable[], analysis: Analysis): TextTable[] {
  const { about, footers, leftOut, failures } = analysis;
  const lines = [
    ...about,
    ...footers,
    ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`),
    ...failures.map(({ path, stage, error }) => `Failed ${stage}: ${path}: ${error}`),
  ];
  return tables.map((table, index) =>
    index === tables.length - 1 ? { ...table, notes: [...table.notes, ...lines] } : table,
  );
}
