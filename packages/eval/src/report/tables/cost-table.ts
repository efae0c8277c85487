import { renderUsd, renderWhole } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";
import type { CostRow, Table5 } from "../../tables/analysis.ts";
import { dash } from "../../tables/numbers.ts";
import { type Column, renderTable } from "../data-table.ts";
import { renderMark, renderShape, toMark } from "../figure.ts";
import { renderTask } from "../figures.ts";
import { lookOf } from "../palette.ts";
import { renderMissing } from "../section.ts";

/** Renders Table 5: tokens and money. */
export function renderCosts({ title, rows, notes }: Table5): Markup {
  if (rows.length === 0)
    return renderMissing(`${title}: no row yet.`, "--data boolq --setting tree");
  return html`<h3>${title}</h3>
${renderTable(title, columns, rows, true)}
<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}

const columns: Column<CostRow>[] = [
  {
    head: "Setting",
    cell: ({ source, originWord }) =>
      html`${renderShape(lookOf(source))}${source} ${renderMark(toMark([originWord]))}`,
    sort: ({ source }) => source,
  },
  { head: "Task", cell: ({ task }) => renderTask(task), sort: ({ task }) => task },
  {
    head: "Model, flags",
    prose: true,
    cell: ({ model, flags }) => html`${model}${flags && html`<small>${flags}</small>`}`,
    sort: ({ model }) => model,
  },
  number("Kept", ({ kept }) => kept, renderWhole),
  number("Tokens", ({ tokens }) => tokens, renderWhole),
  number("Tokens a kept example", ({ tokensPerKept }) => tokensPerKept, renderWhole),
  number("USD at 0.002 a 1,000", ({ paperPriceUsd }) => paperPriceUsd, renderUsd),
  number(
    "… at the paper's size",
    ({ paperPriceUsdAtPaperSize }) => paperPriceUsdAtPaperSize,
    renderUsd,
  ),
  number("USD today", ({ todayUsd }) => todayUsd, renderUsd),
  number("Paper, USD", ({ paperUsd }) => paperUsd, renderUsd),
  {
    head: "Notes",
    prose: true,
    cell: ({ partial, uncounted }) =>
      [
        partial && "stopped before its end",
        uncounted > 0 && `${uncounted} replies uncounted: too low`,
      ]
        .filter(Boolean)
        .join("; "),
  },
];

function number(
  head: string,
  toNumber: (row: CostRow) => number | null,
  render: (value: number) => string,
): Column<CostRow> {
  return {
    head,
    align: "right",
    cell: (row) => {
      const value = toNumber(row);
      return value === null ? dash : render(value);
    },
    sort: toNumber,
  };
}
