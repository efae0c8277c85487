import { toPlainText } from "@seedling/core/internal";
import { sum } from "../statistics/sum.ts";
import { toPageWidths } from "./page-widths.ts";
import type { SheetColumn, TextTable } from "./sheet.ts";

/**
 * Sheets as LaTeX, to be put into a document by \input. Names from outside are escaped. Columns share out
 * the line, so that a table fits it whatever its texts; a table too wide for a page lies on its side.
 */
export function renderLatex(sheets: readonly TextTable[]): string {
  return `% Needs \\usepackage{array,booktabs,caption,longtable,pdflscape}.\n${sheets.map(renderSheet).join("\n")}`;
}

function renderSheet({ title, columns, rows, empty, notes }: TextTable): string {
  const figures = rows.filter((row) => !isHeading(row));
  const { landscape, shares } = toPageWidths(columns, figures, toWords);
  const width = sum(shares);
  const toSpan = (text: string) =>
    `\\multicolumn{${columns.length}}{@{}${toColumn("left", width)}@{}}{${escapeLatex(text)}} \\\\*`;
  // A line that began with a bracket would be read as the option of the one before.
  const toLine = (texts: readonly string[]) =>
    texts.map((text) => `${isUnder([text]) ? "\\quad " : "{}"}${escapeLatex(text)}`).join(" & ");
  const toRow = (texts: readonly string[], place: number) => {
    if (isHeading(texts)) return `\\addlinespace ${toSpan(texts[0] ?? "")}`;
    return `${toLine(texts)} \\\\${isUnder(rows[place + 1]) ? "*" : ""}`;
  };
  return [
    ...(landscape ? ["\\begin{landscape}"] : []),
    "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{3pt}",
    `\\begin{longtable}{@{}${columns.map(({ align }, column) => toColumn(align, shares[column] ?? 0)).join("")}@{}}`,
    `\\caption*{${escapeLatex(title)}}\\\\`,
    "\\toprule",
    `${toLine(columns.map(({ head }) => head))} \\\\`,
    "\\midrule",
    "\\endhead",
    "\\bottomrule",
    "\\endfoot",
    ...(rows.length > 0 ? rows.map(toRow) : [toSpan(empty)]),
    "\\end{longtable}",
    "\\raggedright",
    ...notes.map((note) => `\\noindent ${escapeLatex(note)}\\par`),
    "\\endgroup",
    ...(landscape ? ["\\end{landscape}"] : []),
    "",
  ].join("\n");
}

/** Whether a row is a heading over all columns: its texts but the first are empty. */
function isHeading([, ...others]: readonly string[]): boolean {
  return others.length > 0 && others.every((text) => text === "");
}

/** Whether a row belongs to the one before it. */
function isUnder([first = ""]: readonly string[] = []): boolean {
  return first.startsWith(" ");
}

/** A column as wide as its share of the line, less the gaps at its sides. */
function toColumn(align: SheetColumn["align"], share: number): string {
  const ragged = align === "left" ? "\\raggedright" : "\\raggedleft";
  const width = Math.floor(1e4 * share) / 1e4;
  return `>{${ragged}\\arraybackslash}p{\\dimexpr${width}\\linewidth-2\\tabcolsep\\relax}`;
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
  // The first of two, as before a flag's name: these would be printed as a dash.
  "-": "-{}",
  "†": "$\\dagger$",
  "‡": "$\\ddagger$",
  "±": "$\\pm$",
  "≥": "$\\geq$",
};

/**
 * A text for LaTeX's plain input, with places where a line may break inside of long names; a sign that
 * pdflatex's own fonts may lack is named by its number.
 */
export function escapeLatex(text: string): string {
  return markBreaks(text).split(mark).map(escapePlain).join("\\allowbreak{}");
}

/** A text in parts between which a line may break, as long as they are printed. */
function toWords(text: string): string[] {
  return markBreaks(text)
    .split(new RegExp(`[ ${mark}]`))
    .map((word) => word.replace(unknown, named));
}

/** Marks places to break a line at: no plain text has it. */
const mark = "\u200b";

/** After a sign within a name, after each sign named by its number, and in what is longer than any word. */
function markBreaks(text: string): string {
  return toPlainText(text)
    .replace(/(?<=[\p{L}\p{N}][/_=-])(?=[\p{L}\p{N}])/gu, mark)
    .replace(unknown, `$&${mark}`)
    .replace(/[^ \u200b]{16}(?=[^ \u200b]{4})/gu, `$&${mark}`);
}

const unknown = new RegExp(
  `[^\\x20-\\x7e${mark}${Object.keys(signs)
    .join("")
    .replace(/[\\^-]/g, "\\$&")}]`,
  "gu",
);

function escapePlain(text: string): string {
  return text
    .replace(unknown, named)
    .replace(/[\\~^<>|"]|[#$%&_{}]|[^\x20-\x7e]|-(?=-)/gu, (sign) => signs[sign] ?? `\\${sign}`);
}

/** `[U+4E2D]`. */
function named(sign: string): string {
  return `[U+${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`;
}
