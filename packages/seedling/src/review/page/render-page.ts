import { readFileSync } from "node:fs";
import { findScript } from "@seedling/core/internal";
import { hashSource } from "@seedling/eval/internal";

/**
 * The page of a review as one HTML file, the same for every creation: everything of a model's comes by its script, as
 * text. Its policy lets nothing in from elsewhere and lets no text become markup.
 */
export function renderReviewPage(): { html: string; policy: string } {
  const script = readFileSync(findScript("review-page", import.meta.url), "utf8");
  const style = readFileSync(new URL("./review-page.css", import.meta.url), "utf8");
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Review</title>
<style>${style}</style>
</head>
<body>
${body}
<script type="module">${script}</script>
</body>
</html>
`;
  return { html, policy };
}

const option = ([value, name]: readonly string[]) => `<option value="${value}">${name}</option>`;

const select = (name: string, label: string, options: readonly (readonly string[])[]) =>
  `<label data-field="${name}">${label} <select name="${name}">${options.map(option).join("")}</select></label>`;

const keys = [
  ["↓ ↑ or j k", "next, previous"],
  ["1 to 9", "label (in the order shown)"],
  ["l", "type a label"],
  ["a", "accept"],
  ["e", "edit the text; Escape ends it"],
  ["d", "delete"],
  ["u", "undo"],
  ["/", "search"],
  ["b", "blind sample, and back"],
  ["s", "in the blind sample: cannot tell"],
  ["?", "these keys"],
];

const body = `<a class="skip" href="#list">Skip to the examples</a>
<header>
<h1 id="title">Review</h1>
<div class="buttons"><button type="button" id="mode" aria-pressed="false" aria-keyshortcuts="b">Blind sample <kbd>b</kbd></button>
<button type="button" id="undo" aria-keyshortcuts="u">Undo <kbd>u</kbd></button>
<button type="button" id="keys" aria-keyshortcuts="?">Keys <kbd>?</kbd></button></div>
<p id="progress"></p>
<p id="where"></p>
</header>
<p id="notice" hidden></p>
<div id="status" role="status"></div>
<main id="browse">
<form id="filters" role="search">
<label>Search <input type="search" name="search" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"></label>
<output id="count"></output>
<details id="more"><summary>Filters</summary><div>
${select("from", "Kept or rejected", [
  ["", "both"],
  ["created", "kept"],
  ["rejected", "rejected"],
])}
${select("label", "Label", [["", "all"]])}
${select("reason", "Rejected for", [["", "any reason"]])}
${select("agreement", "Agreement", [
  ["", "any"],
  ["none", "0 %"],
  ["half", "below 50 %"],
  ["some", "below 100 %"],
  ["all", "100 %"],
  ["unknown", "not asked"],
])}
${select("depth", "Depth", [["", "any"]])}
${select("state", "Reviewed", [
  ["", "all"],
  ["open", "open"],
  ["accepted", "accepted"],
  ["changed", "changed"],
  ["deleted", "deleted"],
])}
${select("order", "Order", [
  ["", "as made"],
  ["agreement", "least agreement first"],
])}
</div></details>
</form>
<div id="list" role="listbox" tabindex="0" aria-label="Examples"><div id="rows" role="presentation"></div></div>
<section id="detail" aria-label="The chosen example"></section>
</main>
<main id="blind" hidden><section id="question" aria-label="Label this example without a sight of its label"></section>
<section id="accuracy" aria-label="Label accuracy"></section></main>
<dialog id="help" aria-labelledby="help-title"><h2 id="help-title">Keys</h2>
<dl>${keys.map(([key, what]) => `<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`).join("")}</dl>
<button type="button" id="close">Close</button></dialog>`;
