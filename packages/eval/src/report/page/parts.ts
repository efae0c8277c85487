import { gzipSync } from "node:zlib";
import { html, type Insert, Markup } from "../../render/markup.ts";
import { type Look, renderShape } from "../charts/looks.ts";

/** A part of the report: one question of a reader. */
export interface Section {
  id: string;
  /** In the navigation. */
  name: string;
  title: string;
  parts: SectionPart[];
}

/** What a section is made of, in reading order; `null` and `false` show nothing. */
export type SectionPart =
  | null
  | false
  | Markup
  | { heading: string }
  | { text: Insert }
  /** The section's answer, in large type. */
  | { answer: string }
  | { note: Insert }
  | { list: readonly Insert[] }
  | { charts: readonly (Chart | null)[] }
  | { details: string; parts: SectionPart[] }
  | Choice
  /** What is not there yet, and the flags of a run that brings it. */
  | { missing: string; flags: string };

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

/** Renders a section as a landmark. */
export function renderSection({ id, title, parts }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>
${parts.map(renderPart)}</section>`;
}

function renderPart(part: SectionPart): Insert {
  if (part === null || part === false || part instanceof Markup) return part;
  if ("heading" in part) return html`<h3>${part.heading}</h3>\n`;
  if ("text" in part) return html`<p>${part.text}</p>\n`;
  if ("answer" in part) return html`<p class="answer">${part.answer}</p>\n`;
  if ("note" in part) return html`<p class="note">${part.note}</p>\n`;
  if ("list" in part)
    return html`<ul class="notes">${part.list.map((item) => html`<li>${item}</li>`)}</ul>\n`;
  if ("charts" in part)
    return html`<div class="charts">${part.charts.map((chart) => chart && renderChart(chart))}</div>\n`;
  if ("details" in part)
    return html`<details><summary>${part.details}</summary>${part.parts.map(renderPart)}</details>\n`;
  if ("choice" in part) return renderChoice(part);
  const command = `npx turbo run experiment -- ${part.flags}`;
  return html`<div class="missing"><p>${part.missing}</p><pre><code>${command}</code></pre></div>\n`;
}

/** Contents are gzip and base64, which has no character that could close an attribute. */
function renderChoice({ choice, contents, filters }: Choice): Markup {
  const options = contents.map(({ name, content }) => {
    const packed = gzipSync(content.text).toString("base64");
    return html`<option data-packed="${packed}">${name}</option>`;
  });
  return html`<form hidden role="search"><label>${choice} <select name="content">${options}</select></label>${filters}</form>
<div class="chosen" role="region" aria-label="${choice}" tabindex="0"></div>\n`;
}

/** Renders a chart, its legend, and its numbers as a table that opens. */
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
