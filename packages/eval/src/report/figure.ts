import { html, type Insert, type Markup } from "../render/markup.ts";
import type { Room } from "./charts/axes.ts";
import type { Look } from "./palette.ts";

/** What must be known of the data under a figure: bundled sample, replayed, or neither. */
export type Mark = "SAMPLE" | "replay" | null;

/** A name beside its shape. */
export interface LegendEntry {
  label: string;
  look: Look;
}

/** A chart with what it needs to be read by anyone. */
export interface Figure {
  id: string;
  title: string;
  mark: Mark;
  legend: LegendEntry[];
  draw: (room: Room) => Markup;
  /** `both`: drawn for a page and for a phone; `narrow`: small enough for both. */
  rooms: "both" | "narrow";
  /** The same figures as a table: the chart's text alternative. */
  table: Markup;
  note?: Insert;
}

/** Renders a chart, its legend, and its figures as a table that opens. */
export function renderFigure({
  id,
  title,
  mark,
  legend,
  draw,
  rooms,
  table,
  note = null,
}: Figure): Markup {
  const charts =
    rooms === "narrow"
      ? html`<div class="chart small">${draw("narrow")}</div>`
      : html`<div class="chart wide">${draw("wide")}</div><div class="chart narrow">${draw("narrow")}</div>`;
  return html`<figure id="figure-${id}" aria-labelledby="caption-${id}">
<figcaption id="caption-${id}">${title} ${renderMark(mark)}</figcaption>
${legend.length > 1 && renderLegend(legend)}
${charts}
${note !== null && html`<p class="note">${note}</p>`}
<details><summary>The figures as a table</summary>${table}</details>
</figure>`;
}

/** The mark of a figure or row; nothing for live data. */
export function renderMark(mark: Mark): Markup | null {
  if (mark === null) return null;
  const title = mark === "SAMPLE" ? "bundled sample, not the benchmark" : "replay of a recording";
  return html`<span class="mark mark-${mark.toLowerCase()}" title="${title}">${mark}</span>`;
}

/** The mark of what is made of several rows, by their origin: SAMPLE if any is, else replay if any is. */
export function toMark(words: readonly string[]): Mark {
  if (words.includes("SAMPLE")) return "SAMPLE";
  return words.includes("replay") ? "replay" : null;
}

/** Shapes and names, in a row. */
function renderLegend(entries: readonly LegendEntry[]): Markup {
  return html`<ul class="legend">${entries.map(
    ({ label, look }) => html`<li>${renderShape(look)}${label}</li>`,
  )}</ul>`;
}

/** A series' shape, to stand before its name. */
export function renderShape({ tone, shape }: Look): Markup {
  return html`<svg class="shape" viewBox="-1 -1 12 12" aria-hidden="true"><path class="fill-${tone}" d="${shape}"/></svg>`;
}
