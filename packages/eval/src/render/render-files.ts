import type { Analysis } from "../tables/analysis.ts";
import { toCostSheet } from "./cost-sheet.ts";
import { toFigure5Sheet } from "./figure5-sheet.ts";
import { toFurtherSheets } from "./further-sheets.ts";
import { numberLong } from "./number-long.ts";
import { renderCostCsv, renderFigure5Csv, renderTableCsv } from "./render-csv.ts";
import { renderLatex } from "./render-latex.ts";
import { renderMarkdown } from "./render-markdown.ts";
import type { TextTable } from "./sheet.ts";
import { toShortSheet } from "./short-sheet.ts";
import { toFullSheet } from "./table-sheet.ts";

/** The files of the tables' folder, by name. The same view gives the same bytes. */
export function renderFiles(view: Analysis): Record<string, string> {
  const { tables, table5, figure5 } = view;
  const markdown = (sheets: readonly TextTable[]) => renderMarkdown(withFooters(sheets, view));
  const latex = (sheets: readonly TextTable[]) =>
    renderLatex(withFooters(sheets.map(numberLong), view));
  const cost = [toCostSheet(table5)];
  const shares = [toFigure5Sheet(figure5)];
  const further = toFurtherSheets(view);
  return {
    "table3.md": markdown([toFullSheet(tables[3])]),
    "table3.csv": renderTableCsv(tables[3]),
    "table3.tex": latex([toShortSheet(tables[3])]),
    "table4.md": markdown([toFullSheet(tables[4])]),
    "table4.csv": renderTableCsv(tables[4]),
    "table4.tex": latex([toShortSheet(tables[4])]),
    "table5.md": markdown(cost),
    "table5.csv": renderCostCsv(table5),
    "table5.tex": latex(cost),
    "figure5.md": markdown(shares),
    "figure5.csv": renderFigure5Csv(figure5),
    "figure5.tex": latex(shares),
    "further.md": markdown(further),
    "further.tex": latex(further),
    "tables.json": `${JSON.stringify(view, null, 2)}\n`,
  };
}

/** What experiments say of themselves, and what was left out, stand under the last table of a file. */
function withFooters(
  sheets: readonly TextTable[],
  { about, footers, leftOut, failures }: Analysis,
): TextTable[] {
  const lines = [
    ...about,
    ...footers,
    ...leftOut.map(({ path, why }) => `Left out: ${path}: ${why}`),
    ...failures.map(({ path, stage, error }) => `Failed ${stage}: ${path}: ${error}`),
  ];
  return sheets.map((sheet, place) =>
    place === sheets.length - 1 ? { ...sheet, notes: [...sheet.notes, ...lines] } : sheet,
  );
}
