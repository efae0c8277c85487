import { toPlainText } from "@seedling/core";
import type { Sheet } from "./sheet.ts";

/** Sheets as LaTeX, to be put into a document by \input. Names from outside are escaped. */
export function renderLatex(sheets: readonly Sheet[]): string {
  return `% Needs \\usepackage{booktabs,longtable}.\n${sheets.map(renderSheet).join("\n")}`;
}

function renderSheet({ title, columns, rows, empty, notes }: Sheet): string {
  const sides = columns.map(({ align }) => (align === "left" ? "l" : "r")).join("");
  const head = toLine(columns.map((column) => column.head));
  const body = rows.length > 0 ? rows.map(toLine) : [toSpan(empty, columns.length)];
  return [
    "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{3pt}",
    `\\begin{longtable}{@{}${sides}@{}}`,
    `\\caption{${escapeLatex(title)}}\\\\`,
    "\\toprule",
    head,
    "\\midrule",
    "\\endhead",
    "\\bottomrule",
    "\\endfoot",
    ...body,
    "\\end{longtable}",
    ...notes.map((note) => `\\noindent ${escapeLatex(note)}\\par`),
    "\\endgroup",
    "",
  ].join("\n");
}

/** A row; one whose texts but the first are empty is a heading over all columns. */
function toLine(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  if (others.length > 0 && others.every((text) => text === ""))
    return `\\addlinespace ${toSpan(first, texts.length)}`;
  // A line that began with a bracket would be read as the option of the one before.
  return `${texts.map((text) => `{}${escapeLatex(text)}`).join(" & ")} \\\\`;
}

function toSpan(text: string, columns: number): string {
  return `\\multicolumn{${columns}}{@{}l}{${escapeLatex(text)}} \\\\`;
}

const signs: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  "–": "--",
  "→": "$\\rightarrow$",
  "−": "$-$",
  "†": "$\\dagger$",
  "‡": "$\\ddagger$",
  "±": "$\\pm$",
  "≥": "$\\geq$",
};

/** A text for LaTeX's plain input; a sign that pdflatex's own fonts may lack is named by its number. */
export function escapeLatex(text: string): string {
  return toPlainText(text).replace(/[\\~^<>|"]|[#$%&_{}]|[^\x20-\x7e]/gu, (sign) => {
    const known = signs[sign];
    if (known !== undefined) return known;
    if (sign.charCodeAt(0) < 0x80) return `\\${sign}`;
    return `[U+${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
