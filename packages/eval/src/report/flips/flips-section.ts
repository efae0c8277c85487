import { renderWhole } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";

import type { EvaluationRun, Results } from "../../results/results.ts";
import type { Analysis, CellRow } from "../../tables/analysis.ts";
import { pickCellRows, toHumanDifference } from "../cell-rows.ts";
import { cutText } from "../charts/axes.ts";
import { type Fitted, packAll, renderChunk } from "../chunk.ts";
import { toMark } from "../figure.ts";
import { renderTask } from "../figures.ts";
import type { FlipItem, FlipsData } from "../page-data.ts";
import { renderMissing, type Section } from "../section.ts";
import { findFlips } from "./find-flips.ts";
import { openQuestions, type Questions } from "./read-questions.ts";

/** Characters of the page that all flipped items together take. */
const mostCharacters = 900_000;

/** Characters shown of a question; a passage may be pages long. */
const mostOfQuestion = 400;

/** Which test items tree-trained and human-trained models disagree on. */
export async function toFlipsSection(
  view: Analysis,
  results: Results,
): Promise<Section & { chunks: Markup[] }> {
  const section = {
    id: "flips",
    name: "Item flips",
    title: "Which test items do human-trained and tree-trained models disagree on?",
  };
  const pairs = toPairs(view, results);
  if (pairs.length === 0) {
    const missing = "No row of tree has a human row beside it, tested on the same items.";
    const body = renderMissing(missing, "--data boolq --setting human,tree");
    return { ...section, body, chunks: [] };
  }
  const questions = openQuestions();
  const flips = await Promise.all(pairs.map((pair) => toItems(pair, questions)));
  const fitted = await packAll(mostCharacters, flips.map(toPackable));
  const lists = pairs.map((pair, i) => toList(pair, i, flips[i] as Flips, fitted[i] as Fitted));
  const notes = [...new Set(lists.flatMap((list) => list.notes))];
  const body = html`<p>An item is listed where one side is right in more than half of its runs and the other
is not. Rows count from 1, in the test file's order. The human row is the one at the same N where there is one.</p>
${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
<p class="without-script note">The list is shown on a screen, by the page's script; the answers are in items.jsonl of each evaluation.</p>
<div class="needs-script">
<form id="flips-form" class="controls" role="search" aria-label="Item flips">
<label>Comparison <select name="comparison">${lists.map(({ option }) => option)}</select></label>
<label>Right <select name="right"><option value="any">either</option><option value="human">human-trained only</option><option value="tree">tree-trained only</option></select></label>
<label>Words <input type="search" name="words" autocomplete="off"></label>
</form>
<p id="flips-count" role="status" class="note"></p>
<div class="scroll" role="region" aria-label="Item flips" tabindex="0"><table id="flips-table">
<caption>Test items on which they disagree</caption>
<thead><tr><th scope="col" class="right">Row</th><th scope="col">Question</th><th scope="col" class="in-width">Gold</th><th scope="col" class="in-width">Human-trained ×runs</th><th scope="col" class="in-width">Tree-trained ×runs</th><th scope="col" class="in-width">Right</th></tr></thead>
<tbody id="flips-rows"></tbody></table></div>
<button type="button" id="flips-more" hidden>Show more</button>
</div>`;
  return { ...section, body, chunks: lists.map(({ chunk }) => chunk) };
}

/** The flipped items of one comparison. */
interface Flips {
  items: FlipItem[];
  /** Whether the test file is at hand. */
  hasTexts: boolean;
}

async function toItems({ human, tree }: Pair, questions: Questions): Promise<Flips> {
  const texts = await questions.read((tree[0] as EvaluationRun).manifest);
  const flips = findFlips(
    human.map(({ items }) => items),
    tree.map(({ items }) => items),
  );
  const items = flips.map((flip): FlipItem => {
    const question = texts?.[flip.row];
    return { ...flip, question: question === undefined ? null : cutText(question, mostOfQuestion) };
  });
  return { items, hasTexts: texts !== null };
}

function toPackable({ items }: Flips) {
  const withTexts = (texts: number): FlipsData => ({ items: cutQuestions(items, texts) });
  return { texts: items.length, withTexts };
}

/** One comparison, packed, and what must be said of it. */
function toList(pair: Pair, i: number, { items, hasTexts }: Flips, { packed, texts }: Fitted) {
  const { test } = (pair.tree[0] as EvaluationRun).manifest;
  const name = describe(pair);
  const notes = [
    !hasTexts &&
      `${test.task}: rows alone, since the test file of these runs is not at hand or has changed since.`,
    texts < items.length &&
      `${name}: questions of the first ${texts} alone, to keep this page small.`,
  ];
  const counted = `${renderWhole(items.length)} of ${renderWhole(test.n)} items`;
  return {
    option: html`<option value="flips-${i}">${name}: ${counted}</option>`,
    chunk: renderChunk(`flips-${i}`, packed),
    notes: notes.filter((note) => note !== false),
  };
}

interface Pair {
  row: CellRow;
  against: string;
  human: EvaluationRun[];
  tree: EvaluationRun[];
}

function toPairs(view: Analysis, results: Results): Pair[] {
  const byPath = new Map(results.evaluations.map((run) => [run.path, run]));
  const rows = [...pickCellRows(view.tables[3]), ...pickCellRows(view.tables[4])];
  const byCell = new Map(rows.map((row) => [row.cell.id, row]));
  const toRuns = (row: CellRow | undefined) =>
    row?.cell.runs.flatMap(({ path }) => byPath.get(path) ?? []) ?? [];
  return rows.flatMap((row) => {
    const difference = toHumanDifference(row);
    if (row.role !== "tree" || row.control !== null || !difference) return [];
    const human = toRuns(byCell.get(difference.against.cell));
    const tree = toRuns(row);
    if (human.length === 0 || tree.length === 0) return [];
    return [{ row, against: difference.against.label, human, tree }];
  });
}

function describe({ row: { cell, labels }, against, human, tree }: Pair): string {
  const mark = toMark([labels.originWord]);
  const tested = cell.test.kind === "in-domain" ? "" : ` on ${renderTask(cell.test.task)}`;
  const runs = `${labels.source} ×${tree.length} and ${against} ×${human.length}`;
  const name = `${renderTask(cell.task)}${tested}, ${runs}, ${labels.student}`;
  return [mark, name, labels.flags && `(${labels.flags})`].filter(Boolean).join(" ");
}

/** The same items with the questions of the first ones alone. */
function cutQuestions(items: readonly FlipItem[], kept: number): FlipsData["items"] {
  return items.map((item, i) => (i < kept ? item : { ...item, question: null }));
}
