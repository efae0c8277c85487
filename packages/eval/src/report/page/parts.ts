import { gzipSync } from "node:zlib";
import { html, type Insert, type Markup } from "../../render/html.ts";
import { type Look, renderShape } from "../charts/looks.ts";

/** A part of the report: one question of a reader. */
export interface Section {
  id: string;
  /** In the navigation. */
  name: string;
  title: string;
  content: Insert;
}

/** Contents of which the page's script shows one at a time: all of them would be too large a page. */
export interface Choice {
  /** What is chosen. */
  choice: string;
  contents: readonly { name: string; content: Markup }[];
  /** Fields that filter the rows of a content's table. */
  filters?: Insert;
}

/** Filters the rows of a content's table by words, and counts them. */
export const wordFilter = html`<label>Words <input type="search" name="words" autocomplete="off"></label> <output class="note"></output>`;

/** A chart with what it needs to be read by anyone. */
export interface Chart {
  id: string;
  title: string;
  /** The rows' `originWord`s: SAMPLE and replay are shown. */
  origins: readonly string[];
  legend: { label: string; look: Look }[];
  drawing: Markup;
  /** The same numbers: the chart's text alternative. */
  table: Markup;
  note?: string;
}

export function renderSection({ id, title, content }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>
${content}</section>\n`;
}

/** What is not there yet, and the flags of a run that brings it. */
export function renderMissing(missing: string, flags: string): Markup {
  return html`<div class="missing"><p>${missing}</p><pre><code>npx turbo run experiment -- ${flags}</code></pre></div>`;
}

export function renderNotes(notes: readonly Insert[]): Markup {
  return html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>\n`;
}

/** Contents are gzip and base64, which has no character that could close an attribute. */
export function renderChoice({ choice, contents, filters }: Choice): Markup {
  const options = contents.map(({ name, content }) => {
    const packed = gzipSync(content.text).toString("base64");
    return html`<option data-packed="${packed}">${name}</option>`;
  });
  return html`<form hidden role="search"><label>${choice} <select name="content">${options}</select></label>${filters}</form>
<div class="chosen" role="region" aria-label="${choice}" tabindex="0"></div>\n`;
}

/** Renders charts side by side, each with its legend, and its numbers as a table that opens. */
export function renderCharts(charts: readonly (Chart | null)[]): Markup {
  return html`<div class="charts">${charts.map((chart) => chart && renderChart(chart))}</div>\n`;
}

function renderChart({ id, title, origins, legend, drawing, table, note }: Chart): Markup {
  const entries = legend.map(({ label, look }) => html`<li>${renderShape(look)}${label}</li>`);
  return html`<figure id="figure-${id}" aria-labelledby="caption-${id}">
<figcaption id="caption-${id}">${title} ${renderBadge(origins)}</figcaption>
${entries.length > 1 && html`<ul class="legend">${entries}</ul>`}
${drawing}
${note !== undefined && html`<p class="note">${note}</p>`}
<details><summary>The numbers as a table</summary>${table}</details>
</figure>\n`;
}

/** The badge of what is made of rows of these origins: SAMPLE if any is, else replay if any is; none for live data. */
export function renderBadge(origins: readonly string[]): Markup | null {
  if (origins.includes("SAMPLE"))
    return html`<mark class="badge" title="bundled sample, not the benchmark">SAMPLE</mark>`;
  return origins.includes("replay")
    ? html`<mark class="badge" title="replay of a recording">replay</mark>`
    : null;
}
