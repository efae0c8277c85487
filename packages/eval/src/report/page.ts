import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, type Insert, type Markup, trusted } from "../render/markup.ts";
import { bundlePageScript } from "./page-script.ts";
import { renderSection, type Section } from "./section.ts";

/** The style sheet's parts: later ones win. */
const styles = ["theme", "layout", "figures", "tables", "explore", "print"];

/** What stands in the page. */
export interface Page {
  title: string;
  /** What a reader must know before anything else, such as SAMPLE. */
  banner: Insert;
  sections: readonly Section[];
  /** Packed data for the page's script. */
  chunks: readonly Markup[];
}

/**
 * The page as one HTML file. Its policy lets nothing in from elsewhere, runs only the script whose
 * hash it names, and allows no markup made from strings at all.
 */
export async function renderPage({ title, banner, sections, chunks }: Page): Promise<string> {
  const script = await bundlePageScript();
  const style = styles.map(readStyle).join("");
  const policy = [
    "default-src 'none'",
    `script-src ${toSource(script)}`,
    `style-src ${toSource(style)}`,
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
${chunks}
<script>${trusted(script)}</script>
</body>
</html>
`.text;
}

function readStyle(name: string): string {
  return readFileSync(join(import.meta.dirname, "style", `${name}.css`), "utf8");
}

function toSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
