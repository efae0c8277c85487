import { readFileSync } from "node:fs";
import { findScript, renderBytes } from "@seedling/core/internal";
import { hashSource, html, Markup } from "@seedling/eval/internal";
import type { TrainingFact } from "@seedling/trainer/internal";
import type { PageFacts } from "./page-facts.ts";

/** What a page holds. */
export interface ClassifierPage {
  title: string;
  /** The name of the script that runs it, as scripts/bundle.mjs has it. */
  script: string;
  facts: PageFacts;
  /** The packed files by their names: gzip, its bytes, as text (wide-text.ts). */
  packed: readonly { name: string; bytes: number; text: string }[];
  /** What must be known before anything else. */
  warnings: readonly string[];
  /** How good it is, in sentences. */
  results: readonly string[];
  /** Empty: nothing is known of it. */
  training: readonly TrainingFact[];
  /** What is in the page besides the classifier, and under which terms. */
  holds: string;
  /** Where the examples come from; null: there are none. */
  exampleFile: string | null;
}

/** Labels that are named at the top. */
const mostNamed = 6;

/** The line that serves a folder, for a browser that runs nothing from disk. */
const serveLine = "python3 -m http.server --bind 127.0.0.1 8000";

/**
 * Renders a page as parts of one HTML file, to be written in UTF-16 one behind the other: its mark at the start says so
 * to browsers, whatever a server says. Its policy lets nothing in or out, and runs its own script alone.
 */
export function* renderClassifierPage(page: ClassifierPage): Generator<string> {
  const { title, facts, packed } = page;
  const script = readFileSync(findScript(page.script, import.meta.url), "utf8");
  const style = readFileSync(new URL("./classifier-page.css", import.meta.url), "utf8");
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)} 'wasm-unsafe-eval'`,
    `style-src ${hashSource(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const characters = packed.reduce(
    (sum, { text }) => sum + text.length,
    script.length + style.length,
  );
  const size = 2 * characters;
  yield html`\ufeff<!DOCTYPE html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${page.warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
<p>${describeUse(facts)} It runs in this page, without a network: what is typed stays here.</p>
${page.results.map((sentence) => html`<p>${sentence}</p>`)}
</header>
<main>
<div>
${renderForm(facts)}
<p id="status" role="status">This page of ${renderBytes(size)} is being read. If this line stays, it was not copied whole, or the browser runs no scripts from disk: in the page’s folder, <code>${serveLine}</code> serves it at <code>http://127.0.0.1:8000/page.html</code>.</p>
<section id="answer" aria-label="Answer" hidden><p id="label" role="status"></p>
<div id="notes"></div>
<ol id="first" class="bars"></ol>
<details id="more"><summary></summary><ol id="rest" class="bars"></ol></details></section>
</div>
<div>
${renderExamples(page)}
<details><summary>How it was made</summary>
${page.training.length > 0 ? html`<dl>${page.training.map(({ name, text }) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>` : html`<p>Nothing is known of its training.</p>`}
<p class="note">This page has ${renderBytes(size)}; unpacked ${listFiles(facts.files)}. ${page.holds}</p>
</details>
</div>
</main>
`.text;
  for (const { name, bytes, text } of packed)
    yield html`<script type="text/plain" id="file-${name}" data-bytes="${bytes}">${new Markup(text)}</script>\n`
      .text;
  // What could end a script element is written as JSON may write it.
  const json = JSON.stringify(facts).replaceAll("<", "\\u003c");
  yield `<script type="application/json" id="facts">${json}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function describeUse({ classes }: PageFacts): string {
  if (!classes) return "Chooses among the options of a question.";
  const named = classes.length <= mostNamed ? `: ${classes.join(", ")}` : "";
  return `Gives a text one of ${classes.length} labels${named}.`;
}

const listFiles = (files: PageFacts["files"]) =>
  Object.entries(files)
    .map(([name, bytes]) => `${name} ${renderBytes(bytes)}`)
    .join(", ");

/** What is typed: a text, a context where examples have one, and a choice's options. */
function renderForm({ classes, features, input, examples }: PageFacts) {
  const isPair = classes !== null && features === "pair";
  const hasContext = isPair || examples.length === 0 || examples.some(({ context }) => context);
  const first = classes === null ? "Question" : isPair ? "First text" : "Text";
  const second = isPair ? "Second text" : "Context";
  return html`<form id="form" autocomplete="off">
<label>${first}<textarea name="question" rows="4" autofocus dir="auto" spellcheck="false"></textarea></label>
${input === "full" && hasContext && html`<label>${second}<textarea name="context" rows="4" dir="auto" spellcheck="false"></textarea></label>`}
${classes === null && html`<fieldset id="options"><legend>Options</legend><div></div><button type="button" id="add">Add an option</button></fieldset>`}
</form>`;
}

function renderExamples({ facts, exampleFile }: ClassifierPage) {
  const { examples } = facts;
  if (examples.length === 0) return null;
  return html`<section aria-labelledby="try"><h2 id="try">Examples</h2>
<ol id="examples">${examples.map(
    ({ question, label }) =>
      html`<li><button type="button"><span class="text" dir="auto">${question}</span> <span class="note" dir="auto">${label}</span></button></li>`,
  )}</ol>
<p class="note">From ${exampleFile}, each with its label there.</p></section>`;
}
