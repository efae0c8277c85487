import { escapeControls, toAnswer } from "@seedling/core/internal";
import type { CreatedExample } from "../create/create-examples.ts";

/** Letters of a text that are shown. */
const most = 300;

/** Renders created examples with their labels and what the model answers without seeing these. */
export function renderPreview(kept: readonly CreatedExample[]): string {
  const items = kept.flatMap(({ example, lineage: { agreement, created } }, i) => {
    const { question, context, options } = example;
    const shown = [context, question].flatMap((text) => (text ? [`     ${shorten(text)}`] : []));
    const label = escapeControls(created ?? toAnswer(example));
    if (!agreement) return [`  ${i + 1}. ${label}`, ...shown];
    const answers = options.filter((_, at) => (agreement.answers[at] ?? 0) > 0).map(escapeControls);
    const isSame = answers.length === 1 && answers[0] === label;
    const isRelabelled = created !== undefined && created !== toAnswer(example);
    const blind = isSame ? "the same" : answers.join(", ") || "no option";
    const now = isRelabelled ? `, now its label` : "";
    return [`  ${i + 1}. ${label}; blind answer: ${blind}${now}`, ...shown];
  });
  return [
    ...items,
    "  a preview: the same command without --preview goes on from here, and asks nothing twice",
  ].join("\n");
}

function shorten(text: string): string {
  const letters = [...text];
  return escapeControls(letters.length > most ? `${letters.slice(0, most).join("")}…` : text);
}
