import { join } from "node:path";
import { type Example, parseExample, recordingFiles } from "@seedling/core/internal";
import { html } from "../../render/html.ts";
import { readFirst } from "../../results/records.ts";
import type { CreationRun, Results } from "../../results/results.ts";
import type { OwnTask } from "../../tables/own-tasks.ts";
import { computePayBack, createPayBackTable, describePayBack } from "../../tables/pay-back.ts";
import { type Commands, renderUse } from "../page/commands.ts";
import { renderMissing, type Section } from "../page/page.ts";
import { showTable } from "./rows.ts";

/** What did it cost, and from which message on is it cheaper than the language model? */
export function createCostSection(
  { creation, answers, name, main }: OwnTask,
  commands: Commands,
): Omit<Section, "id"> {
  const section = { name: "Cost", title: "What did it cost, and when does it pay?" };
  if (!creation)
    return {
      ...section,
      content: html`<p>No language model was asked for its examples: they cost no tokens.</p>\n`,
    };
  const payBack = computePayBack(creation, answers);
  const sentence = describePayBack(payBack);
  return {
    ...section,
    content: [
      sentence !== null
        ? html`<p class="answer">${sentence}</p>\n`
        : main === null
          ? html`<p>What an answer of the language model costs is not known here: --verify 1, or --setting direct with a test split, measures it.</p>\n`
          : renderMissing(
              "What an answer of the language model costs is not known yet.",
              commands.run("--setting direct", name),
            ),
      payBack.unit === "tokens" &&
        html`<p class="note">Counted in tokens: no price of the model is known. --prices IN,OUT gives one.</p>\n`,
      showTable(createPayBackTable(payBack), {}),
    ],
  };
}

/** How is it used: the command, and the same from code. */
export function createUseSection(
  { training, main, creation, name }: OwnTask,
  { dir }: Results,
  commands: Commands,
): Omit<Section, "id"> {
  const section = { name: "Use", title: "How is it used?" };
  if (!training)
    return {
      ...section,
      content: renderMissing(
        "No classifier is trained yet.",
        commands.run(`--setting ${creation?.manifest.source ?? "tree"}`, name),
      ),
    };
  const folder = commands.classifier(training.path);
  const example = creation && readFormattingExample(dir, creation);
  const isVarying = main?.cell.test.options === "varying";
  const [command = "", ...code] = renderUse({
    folder,
    hasContext: (example?.context ?? null) !== null,
    options: isVarying ? (example?.options ?? []) : null,
  });
  const file = command.replace(/--text .*$/, "--file texts.jsonl");
  return {
    ...section,
    content: [
      html`<p>One text:</p><pre><code>${command}</code></pre>
<p>A file of texts, one JSON line each:</p><pre><code>${file}</code></pre>
<p>From code:</p><pre><code>${code.join("\n")}</code></pre>
<p class="note">The classifier is a folder: <code>${folder}</code>. It reads texts on this machine, and asks no server.</p>\n`,
    ],
  };
}

function readFormattingExample(dir: string, { path }: CreationRun): Example | undefined {
  const file = join(dir, path, recordingFiles.example);
  return readFirst(file, (value) => parseExample(value, ""), 1)[0];
}
