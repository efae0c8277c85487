import { toPlainText } from "@seedling/core/internal";
import { sum } from "d3-array";
import type { TextTable } from "./text-table.ts";

/**
 * Tables as LaTeX, a longtable each, to be put into a document by \input. Names from outside are escaped.
 * Columns share the line, so that a table fits it whatever its texts; a table too wide for a page is turned.
 */
export function renderLatex(tables: readonly TextTable[]): string {
  return `% Needs \\usepackage{array,booktabs,caption,longtable,pdflscape}.\n${tables.map(renderTable).join("\n")}`;
}

function renderTable(table: TextTable): string {
  const { title, columns, rows, empty, notes } = table;
  const { landscape, fractions } = computeWidths(table);
  const span = (text: string) =>
    `\\multicolumn{${columns.length}}{@{}${renderColumn("left", sum(fractions))}@{}}{${escapeLatex(text)}} \\\\*`;
  // A line that began with a bracket would be read as the option of the one before.
  const line = (texts: readonly string[], before = "{}") =>
    texts.map((text, index) => `${index === 0 ? before : "{}"}${escapeLatex(text)}`).join(" & ");
  const renderRow = ({ texts, kind }: TextTable["rows"][number], index: number) => {
    if (kind === "heading") return `\\addlinespace ${span(texts[0] ?? "")}`;
    const together = rows[index + 1]?.kind === "under" ? "*" : "";
    return `${line(texts, kind === "under" ? "\\quad " : "{}")} \\\\${together}`;
  };
  return [
    ...(landscape ? ["\\begin{landscape}"] : []),
    "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{3pt}",
    `\\begin{longtable}{@{}${columns.map(({ align }, index) => renderColumn(align, fractions[index] ?? 0)).join("")}@{}}`,
    `\\caption*{${escapeLatex(title)}}\\\\`,
    "\\toprule",
    ...(rows.length > 0 ? [`${line(columns.map(({ head }) => head))} \\\\`, "\\midrule"] : []),
    "\\endhead",
    "\\bottomrule",
    "\\endfoot",
    ...(rows.length > 0 ? rows.map(renderRow) : [span(empty)]),
    "\\end{longtable}",
    "\\raggedright",
    ...notes.map((note) => `\\noindent ${escapeLatex(note)}\\par`),
    "\\endgroup",
    ...(landscape ? ["\\end{landscape}"] : []),
    "",
  ].join("\n");
}

/** A column as wide as its fraction of the line, less the gaps at its sides. */
function renderColumn(align: "left" | "right", fraction: number): string {
  const ragged = align === "left" ? "\\raggedright" : "\\raggedleft";
  const width = Math.floor(1e4 * fraction) / 1e4;
  return `>{${ragged}\\arraybackslash}p{\\dimexpr${width}\\linewidth-2\\tabcolsep\\relax}`;
}

/** Characters of \footnotesize in a line of LaTeX's own article class, upright and turned. */
const lineLength = { portrait: 72, landscape: 114 };

/** Between two columns, in characters. */
const gap = 1.5;

/**
 * The fraction of the line for each column with its gap, together at most 1: its longest text where
 * there is room, else at least its longest word. Turned where upright the longest texts do not fit.
 */
function computeWidths({ columns, rows }: TextTable): { landscape: boolean; fractions: number[] } {
  const cells = rows.filter(({ kind }) => kind !== "heading");
  const needs = columns.map(({ head }, column) => {
    const texts = cells.map(({ texts }) => texts[column] ?? "");
    const words = [head, ...texts].flatMap(splitWords).map(({ length }) => length);
    const whole = texts.map((text) => splitWords(text).join(" ").length);
    const least = Math.max(1, ...words);
    return { least: least + gap, most: Math.max(least, ...whole) + gap };
  });
  const [least, most] = [sum(needs, (need) => need.least), sum(needs, (need) => need.most)];
  const landscape = most > lineLength.portrait;
  const line = landscape ? lineLength.landscape : lineLength.portrait;
  // Between what all need at least and at most, as far as the line reaches.
  const part = most === least ? 1 : Math.min(1, Math.max(0, (line - least) / (most - least)));
  const widths = needs.map((need) => need.least + part * (need.most - need.least));
  const total = Math.max(line, sum(widths));
  return { landscape, fractions: widths.map((width) => width / total) };
}

const characters: Record<string, string> = {
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
 * A text for LaTeX's plain input, with places where a line may break inside long names; a character
 * that pdflatex's own fonts may lack is named by its number.
 */
export function escapeLatex(text: string): string {
  return insertBreaks(text).split(lineBreak).map(escapePlain).join("\\allowbreak{}");
}

/** A text in parts between which a line may break, as long as they are printed. */
function splitWords(text: string): string[] {
  return insertBreaks(text)
    .split(new RegExp(`[ ${lineBreak}]`))
    .map((word) => word.replace(unknown, nameCharacter));
}

/** Stands where a line may break: no plain text has it. */
const lineBreak = "\u200b";

/** After a sign within a name, after each character named by its number, and in what is longer than any word. */
function insertBreaks(text: string): string {
  return toPlainText(text)
    .replace(/(?<=[\p{L}\p{N}][/_=-])(?=[\p{L}\p{N}])/gu, lineBreak)
    .replace(unknown, `$&${lineBreak}`)
    .replace(/[^ \u200b]{16}(?=[^ \u200b]{4})/gu, `$&${lineBreak}`);
}

const unknown = new RegExp(
  `[^\\x20-\\x7e${lineBreak}${Object.keys(characters)
    .join("")
    .replace(/[\\^-]/g, "\\$&")}]`,
  "gu",
);

function escapePlain(text: string): string {
  return text
    .replace(unknown, nameCharacter)
    .replace(
      /[\\~^<>|"]|[#$%&_{}]|[^\x20-\x7e]|-(?=-)/gu,
      (character) => characters[character] ?? `\\${character}`,
    );
}

/** `[U+4E2D]`. */
function nameCharacter(character: string): string {
  return `[U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`;
}
