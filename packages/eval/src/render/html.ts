import type { Table, TableColumn } from "../tables/column.ts";
import { html, type Insert, type Markup } from "./markup.ts";

/** How a table stands on a page. */
export interface HtmlLayout<Row> {
  /**
   * The ids of the columns shown, in order. Columns of one inner list share a cell: the first gives
   * its head and what rows are sorted by, the others stand below it, smaller, after their heads.
   */
  cells: readonly (readonly string[])[];
  /** What is shown in place of a column's text, by the column's id: a button around it, a symbol before it. */
  decorate?: Readonly<Record<string, (row: Row, text: string) => Insert>>;
}

/**
 * A table as HTML, every text escaped. The first cell heads its row. A page's script sorts by `data-value`.
 * A column that says nothing in any row is left out.
 */
export function renderHtmlTable<Row>(table: Table<Row>, layout: HtmlLayout<Row>): Markup {
  const shown = layout.cells
    .map((ids) => ids.flatMap((id) => findColumn(table, id) ?? []))
    .filter(([first]) => first !== undefined) as [TableColumn<Row>, ...TableColumn<Row>[]][];
  const heads = shown.map(
    ([{ head, align }]) =>
      html`<th scope="col"${align === "right" && html` class="right"`} data-sortable>${head}</th>`,
  );
  const rows = table.rows.map(
    (row) =>
      html`<tr>${shown.map((columns, index) => renderCell(row, columns, layout, index === 0))}</tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${table.title}" tabindex="0"><table>
<caption>${table.title}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

/** @throws RangeError if the table has no such column @returns undefined where it says nothing in any row */
function findColumn<Row>({ title, columns, rows }: Table<Row>, id: string) {
  const column = columns.find((one) => one.id === id);
  if (!column) throw new RangeError(`expected a column of "${title}", got ${id}`);
  return rows.some((row) => column.text(row)) ? column : undefined;
}

function renderCell<Row>(
  row: Row,
  [first, ...others]: readonly [TableColumn<Row>, ...TableColumn<Row>[]],
  { decorate = {} }: HtmlLayout<Row>,
  isHead: boolean,
): Markup {
  const show = ({ id, text }: TableColumn<Row>) => decorate[id]?.(row, text(row)) ?? text(row);
  const below = others
    .filter(({ text }) => text(row))
    .map((column) => html`<small>${column.head} ${show(column)}</small>`);
  const classes = [first.align === "right" && "right", first.long && "prose"].filter(Boolean);
  const value = first.value(row);
  const attributes = [
    classes.length > 0 && html` class="${classes.join(" ")}"`,
    value !== null && value !== undefined && html` data-value="${String(value)}"`,
  ];
  return isHead
    ? html`<th scope="row"${attributes}>${show(first)}${below}</th>`
    : html`<td${attributes}>${show(first)}${below}</td>`;
}
