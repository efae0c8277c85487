import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { html, type Insert, type Markup, trusted } from "../../render/markup.ts";
import { renderSection, type Section } from "./parts.ts";

/** Contents of the page. */
export interface Page {
  title: string;
  /** What a reader must know before anything else, such as SAMPLE. */
  banner: Insert;
  sections: readonly Section[];
  /** Data for the page's script. */
  data: readonly Markup[];
}

/**
 * The page as one HTML file. Its policy lets nothing in from elsewhere, runs only the script whose
 * hash it names, and allows no markup made from strings at all.
 */
export function renderPage({ title, banner, sections, data }: Page): string {
  const script = readFileSync(new URL("./page.js", import.meta.url), "utf8");
  const style = readFileSync(new URL("./page.css", import.meta.url), "utf8");
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const links = sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`);
  return html`<!DOCTYPE html>
<html lang="en" data-theme="system">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header><h1>${title}</h1><div id="theme" class="themes" role="group" aria-label="Theme"></div></header>
<nav aria-label="Sections"><ol>${links}</ol></nav>
<main id="content" tabindex="-1">
${banner}
${sections.map(renderSection)}
</main>
${data}
<script>${trusted(script)}</script>
</body>
</html>
`.text;
}

/**
 * An element that no browser runs, with data for the page's script: JSON, gzip, base64, which has no
 * character that could close the element. A completion repeats its examples' texts, so gzip pays.
 * @param id letters, digits and dashes
 */
export function renderPageData(id: string, value: unknown): Markup {
  const packed = gzipSync(JSON.stringify(value)).toString("base64");
  return html`<script type="application/gzip" id="${id}">${packed}</script>\n`;
}

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
