import { html, type Insert, type Markup } from "../../render/markup.ts";

/** A column of a table on the page. */
export interface PageColumn<Row> {
  head: string;
  cell: (row: Row) => Insert;
  /** What rows are sorted by; a column without it is not sortable. Rows with `null` come last. */
  sort?: (row: Row) => number | string | null;
  /** Classes of the style sheet: `right` for numbers; `prose` may break, and gets room: `short` little, `wide` much. */
  layout?: "right" | "right short" | "prose" | "prose short" | "prose wide";
}

/** A sortable column of numbers; a dash where there is none. */
export function numberColumn<Row>(
  head: string,
  value: (row: Row) => number | null,
  format: (value: number) => Insert = String,
): PageColumn<Row> {
  const cell = (row: Row) => {
    const number = value(row);
    return number === null ? "–" : format(number);
  };
  return { head, layout: "right", cell, sort: value };
}

/** A sortable column of names. */
export function nameColumn<Row>(head: string, name: (row: Row) => string): PageColumn<Row> {
  return { head, cell: name, sort: name };
}

/**
 * Renders a table with its caption. The first column heads its row and stays in sight when the others are
 * scrolled; the page's script makes heads sort.
 * @param titled a heading above says the same as the caption, which is then only read out
 */
export function renderPageTable<Row>(
  caption: string,
  columns: readonly PageColumn<Row>[],
  rows: readonly Row[],
  titled = false,
): Markup {
  const heads = columns.map(({ head, layout, sort }) => {
    const right = layout?.startsWith("right") ? html` class="right"` : null;
    return html`<th scope="col"${right}${sort ? html` data-sortable` : null}>${head}</th>`;
  });
  return html`${!titled && html`<p class="caption" aria-hidden="true">${caption}</p>`}
<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((column, i) => renderCell(column, row, i === 0))}</tr>\n`)}</tbody>
</table></div>`;
}

function renderCell<Row>(
  { cell, sort, layout }: PageColumn<Row>,
  row: Row,
  isFirst: boolean,
): Markup {
  const value = sort?.(row) ?? null;
  const attributes = [
    layout && html` class="${layout}"`,
    value !== null && html` data-value="${value}"`,
  ];
  return isFirst
    ? html`<th scope="row"${attributes}>${cell(row)}</th>`
    : html`<td${attributes}>${cell(row)}</td>`;
}
