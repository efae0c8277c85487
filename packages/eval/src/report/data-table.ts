import { html, type Insert, type Markup } from "../render/markup.ts";

/** A column of a table of the page. */
export interface Column<Row> {
  head: string;
  /** Numbers stand to the right. */
  align?: "right";
  cell: (row: Row) => Insert;
  /** What rows are sorted by; a column without it is not sortable. Rows with `null` come last. */
  sort?: (row: Row) => number | string | null;
  /** Texts may break, and get room; `wide`: more of it, `short`: a little. */
  prose?: true | "wide" | "short";
}

/**
 * A table with its caption; the first column heads its row and stays in sight when the others are
 * scrolled. The page's script makes it sortable.
 * @param titled a heading above says the same as the caption, which is then only read out
 */
export function renderTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  titled = false,
): Markup {
  const heads = columns.map(({ head, align, sort }) => {
    const place = align === "right" ? html` class="right"` : null;
    return html`<th scope="col"${place}${sort ? html` data-sortable` : null}>${head}</th>`;
  });
  return html`${!titled && html`<p class="caption" aria-hidden="true">${caption}</p>`}
<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => renderRow(columns, row))}</tbody>
</table></div>`;
}

function renderRow<Row>(columns: readonly Column<Row>[], row: Row): Markup {
  const cells = columns.map(({ align, cell, sort, prose }, place) => {
    const classes = [align, prose && "prose", typeof prose === "string" && prose]
      .filter(Boolean)
      .join(" ");
    const named = classes ? html` class="${classes}"` : null;
    const value = sort?.(row);
    const sorted = value === undefined || value === null ? null : html` data-value="${value}"`;
    const body = cell(row);
    return place === 0
      ? html`<th scope="row"${named}${sorted}>${body}</th>`
      : html`<td${named}${sorted}>${body}</td>`;
  });
  return html`<tr>${cells}</tr>\n`;
}
