import { openAccuracyTable } from "../tables/accuracy-columns.ts";
import type { Analysis } from "../tables/analysis.ts";
import { openAnswerTable } from "../tables/answers.ts";
import { openBestTable } from "../tables/best.ts";
import { openComponentTable } from "../tables/components.ts";
import { openControlTable } from "../tables/controls.ts";
import { openEquivalentTable } from "../tables/equivalents.ts";
import { openFigure5Table } from "../tables/figure5.ts";
import { openPooledTable } from "../tables/pooled.ts";
import { openShortTable } from "../tables/short-table.ts";
import { openCostTable } from "../tables/table5.ts";
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
  const full = { 3: openAccuracyTable(tables[3]), 4: openAccuracyTable(tables[4]) };
  const costs = openCostTable(table5);
  const fractions = openFigure5Table(figure5);
  const further = [
    toTexts(openAnswerTable(analysis.answers)),
    toTexts(openBestTable(analysis.best)),
    toTexts(openControlTable(analysis.controls)),
    toTexts(openPooledTable(analysis.pooled)),
    toTexts(openEquivalentTable(analysis.equivalents)),
    toTexts(openComponentTable(analysis.components)),
  ];
  return {
    "table3.md": markdown(toTexts(full[3])),
    "table3.csv": renderCsv(full[3]),
    "table3.tex": latex(toTexts(openShortTable(tables[3], "page"))),
    "table4.md": markdown(toTexts(full[4])),
    "table4.csv": renderCsv(full[4]),
    "table4.tex": latex(toTexts(openShortTable(tables[4], "page"))),
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

/** A table for a page, with what its long columns say among its notes. */
function withLegend(table: TextTable): TextTable {
  const { tables, legend } = numberLong([table]);
  return { ...table, ...tables[0], notes: [...legend, ...table.notes] };
}

/** Tables with what experiments say of themselves, and what was left out, under the last one. */
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
