import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { html, type Insert, Markup } from "../../render/html.ts";
import { renderSection, type Section } from "./parts.ts";

/**
 * The page as one HTML file. Its policy lets nothing in from elsewhere, runs only the script whose
 * hash it names, and lets that alone make markup from a text.
 * @param banner what a reader must know before anything else, such as SAMPLE
 */
export function renderPage(title: string, banner: Insert, sections: readonly Section[]): string {
  const script = readFileSync(new URL("./page.js", import.meta.url), "utf8");
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
  const links = sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`);
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

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
