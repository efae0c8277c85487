import { findColumn, pickFilled, type Table, type TableColumn } from "../tables/column.ts";

/** Text that is HTML already: made by `html`, or by this program (a bundled script). All else that is shown gets escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: texts are escaped, lists are joined, nothing is shown of what is absent. */
export type Insert = string | number | Markup | null | undefined | false | readonly Insert[];

/** HTML from a template. Whatever is inserted is data, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const parts = strings.map((string, i) => string + toText(inserts[i]));
  return new Markup(parts.join(""));
}

function toText(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return "";
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === "number") return String(insert);
  return typeof insert === "string" ? escapeHtml(insert) : insert.map(toText).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that HTML does not allow, and those that reorder what is read, become a visible mark. */
function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, "\ufffd");
}

/** Rows that stand on a page as they are; a longer table scrolls in its own box. */
const mostRows = 40;

/** How a table stands on a page. */
export interface HtmlLayout<Row> {
  /**
   * The ids of the columns shown, in order; without it all that have a head. Columns of one inner list
   * share a cell: the first gives its head and what rows are sorted by, the others stand below it, smaller.
   */
  cells?: readonly (string | readonly string[])[];
  /** What stands after the head of a column, by the column's id. */
  marks?: Readonly<Record<string, Insert>>;
  /** What is shown in place of a column's text, by the column's id: a button around it, a symbol before it. */
  decorate?: Readonly<Record<string, (row: Row, text: string) => Insert>>;
}

/**
 * A table as HTML, every text escaped. The first cell heads its row. A page's script sorts by `data-value`.
 * A column that says nothing in any row is left out.
 */
export function renderHtmlTable<Row>(
  { title, columns, rows }: Pick<Table<Row>, "title" | "columns" | "rows">,
  { cells, decorate = {}, marks = {} }: HtmlLayout<Row> = {},
): Markup {
  const shownIds = cells ?? columns.filter(({ head }) => head !== null).map(({ id }) => id);
  const shown = shownIds
    .map((ids) => [ids].flat().map((id) => findColumn(columns, id)))
    .map((group) => pickFilled(group, rows))
    .filter((group) => group.length > 0) as [TableColumn<Row>, ...TableColumn<Row>[]][];
  const heads = shown.map(
    ([{ id, head, align }]) =>
      html`<th scope="col"${align === "right" && html` class="right"`}>${head}${marks[id]}</th>`,
  );
  const renderCell = (row: Row, group: (typeof shown)[number], isHead: boolean): Markup => {
    const [first, ...others] = group;
    const show = ({ id, text }: TableColumn<Row>) => decorate[id]?.(row, text(row)) ?? text(row);
    const below = others
      .filter(({ text }) => text(row))
      .map((column) => html`<small>${show(column)}</small>`);
    const classes = [first.align === "right" && "right", first.long && "prose"].filter(Boolean);
    const value = first.value(row) ?? null;
    const attributes = [
      classes.length > 0 && html` class="${classes.join(" ")}"`,
      value !== null && html` data-value="${String(value)}"`,
    ];
    return isHead
      ? html`<th scope="row"${attributes}>${show(first)}${below}</th>`
      : html`<td${attributes}>${show(first)}${below}</td>`;
  };
  const body = rows.map(
    (row) => html`<tr>${shown.map((group, i) => renderCell(row, group, i === 0))}</tr>\n`,
  );
  return html`<div class="scroll${rows.length > mostRows && " tall"}" role="region" aria-label="${title}" tabindex="0"><table>
<caption>${title}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${body}</tbody>
</table></div>\n`;
}
