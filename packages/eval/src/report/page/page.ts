import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { findScript } from "@seedling/core/internal";
import { html, type Insert, Markup } from "../../render/html.ts";
import { type Look, renderShape } from "../charts/looks.ts";

/**
 * The page as one HTML file. Its policy lets nothing in from elsewhere, runs only the script whose
 * hash it names, and lets that alone make markup from a text.
 * @param banner what a reader must know before anything else, such as SAMPLE
 */
export function renderPage(title: string, banner: Insert, sections: readonly Section[]): string {
  const script = readFileSync(findScript("page", import.meta.url), "utf8");
  const base = createRequire(import.meta.url).resolve("simpledotcss/simple.min.css");
  const style = `/* Simple.css, MIT License, Copyright (c) 2020 Simple.css (Kev Quirk) */
@layer base {${readFileSync(base, "utf8")}}
${readFileSync(new URL("./page.css", import.meta.url), "utf8")}`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types rendered",
  ].join("; ");
  const links = sections.map(({ id, name }) => name && html`<li><a href="#${id}">${name}</a></li>`);
  const themes = ["system", "light", "dark"].map(
    (theme, i) =>
      html`<label><input type="radio" name="theme" value="${theme}"${i === 0 && " checked"}> ${theme}</label>`,
  );
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header><h1>${title}</h1><div role="radiogroup" aria-label="Theme">${themes}</div></header>
<nav aria-label="Sections"><ol>${links}</ol></nav>
<main id="content" tabindex="-1">
${banner}
${sections.map(renderSection)}
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

/** What a page's policy knows its own script or style by. */
export function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** A part of the report: one question of a reader. */
export interface Section {
  id: string;
  /** In the navigation; null: not there. */
  name: string | null;
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

/** What is not there yet, and the command that brings it. */
export function renderMissing(missing: string, command: string): Markup {
  return html`<div class="missing"><p>${missing}</p><pre><code>${command}</code></pre></div>\n`;
}

/** A mark that opens what stands behind it. @param about what it explains, for a screen reader */
export function renderMark(id: string, about: string): Markup {
  return html` <button type="button" class="mark" popovertarget="${id}" aria-label="Notes: ${about}">i</button>`;
}

/** A text whose flags are not broken at their hyphens: the `--` would be parted from its name. What is no text stays. */
export function keepFlags(text: Insert): Insert {
  if (typeof text !== "string") return text;
  return text
    .split(/(--[a-z][a-z-]*)/)
    .map((part, i) => (i % 2 === 0 ? part : html`<span class="flag">${part}</span>`));
}

/** Notes behind a mark; on paper they stand where they are. */
export function renderBehind(id: string, about: string, notes: readonly Insert[]): Markup {
  return html`<div popover id="${id}" class="behind" role="note" aria-label="Notes: ${about}">${notes.map((note) => html`<p>${keepFlags(note)}</p>`)}</div>\n`;
}

export function renderNotes(notes: readonly Insert[]): Markup {
  return html`<ul class="notes">${notes.map((note) => html`<li>${keepFlags(note)}</li>`)}</ul>\n`;
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
