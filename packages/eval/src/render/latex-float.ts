import { escapeLatex } from "./latex.ts";
import type { TextTable } from "./text-table.ts";

/** Of the page's width: the first column. */
const first = 0.15;

/**
 * A table as LaTeX over both columns of a page, to be put into a paper by \input. Of `61.2 (57.5–64.8)` what is in
 * parentheses stands below, smaller. Names from outside are escaped.
 * @param label of the table, for \ref
 */
export function renderLatexFloat({ title, columns, rows }: TextTable, label: string): string {
  const others = columns.length - 1;
  const width = Math.floor((1e4 * (1 - first)) / Math.max(others, 5)) / 1e4;
  const column = (ragged: string, part: number) =>
    `>{${ragged}\\arraybackslash}p{\\dimexpr${part}\\textwidth-2\\tabcolsep\\relax}`;
  const line = (texts: readonly string[]) => `${texts.join(" & ")} \\\\`;
  return [
    "% Needs \\usepackage{array,booktabs}.",
    "\\begin{table*}[t]",
    "\\centering\\footnotesize\\setlength{\\tabcolsep}{2pt}",
    `\\begin{tabular}{@{}${column("\\raggedright", first)}${column("\\raggedleft", width).repeat(others)}@{}}`,
    "\\toprule",
    line(columns.map(({ head }) => `{\\scriptsize ${escapeLatex(head)}}`)),
    "\\midrule",
    ...rows.map(({ texts }) => line(texts.map(renderCell))),
    "\\bottomrule",
    "\\end{tabular}",
    `\\caption{${escapeLatex(title)}}`,
    `\\label{tab:${label}}`,
    "\\end{table*}",
    "",
  ].join("\n");
}

function renderCell(text: string, column: number): string {
  const [, value, below] = /^([\d.]+) \((.*)\)$/.exec(text) ?? [];
  // A line that began with a bracket would be read as the option of the one before.
  if (column === 0 || value === undefined || below === undefined) return `{}${escapeLatex(text)}`;
  const rows = `${value}\\\\[-2pt]{\\tiny ${escapeLatex(below)}}`;
  return `\\begin{tabular}[t]{@{}r@{}}${rows}\\end{tabular}`;
}
