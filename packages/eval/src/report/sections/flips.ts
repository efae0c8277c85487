import { readFileSync } from "node:fs";
import { parseExamples, renderWhole, sha256 } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";
import type { EvaluationRun, ItemColumns, Results } from "../../results/results.ts";
import type { Analysis } from "../../tables/analysis.ts";
import type { CellRow } from "../../tables/rows.ts";
import { truncateText } from "../charts/axes.ts";
import { renderPageData } from "../page/page.ts";
import type { Disagreement } from "../page/page-data.ts";
import type { Section } from "../page/parts.ts";
import { formatTask, listCellRows } from "./rows.ts";

/** Items listed of one comparison. */
const mostItems = 2000;

/** Characters shown of a question. */
const mostOfQuestion = 400;

/** Which test items tree-trained and human-trained classifiers disagree on. */
export function createFlipsSection(view: Analysis, results: Results): Section & { data: Markup[] } {
  const section = {
    id: "flips",
    name: "Disagreements",
    title: "Which test items do human-trained and tree-trained classifiers disagree on?",
  };
  const pairs = listPairs(view, results);
  if (pairs.length === 0) {
    const missing = "No row of tree was tested on the same items as a human row.";
    return {
      ...section,
      parts: [{ missing, flags: "--data boolq --setting human,tree" }],
      data: [],
    };
  }
  const lists = pairs.map((pair) => ({ pair, ...listItems(pair) }));
  const options = lists.map(
    ({ pair, items }, i) =>
      html`<option value="flips-${i}">${describePair(pair)}: ${renderWhole(items.length)} of ${renderWhole(testOf(pair).n)} items</option>`,
  );
  const notes = lists.flatMap(({ pair, items, hasQuestions }) => [
    !hasQuestions &&
      `${testOf(pair).task}: rows without questions, since the test file of these runs was not found or has changed since.`,
    items.length > mostItems && `${describePair(pair)}: the first ${mostItems} are listed.`,
  ]);
  const list = [...new Set(notes)].filter((note) => note !== false);
  return {
    ...section,
    parts: [
      {
        text: "An item is listed where one side is right in more than half of its runs and the other is not. Rows count from 1, in the test file's order. The human row is the one at the same N where there is one.",
      },
      list.length > 0 && { list },
      html`<p class="without-script note">The page's script shows the list on a screen; each evaluation's items.jsonl has the answers.</p>
<div class="needs-script">
<form id="flips-form" class="controls" role="search" aria-label="Disagreements">
<label>Comparison <select name="comparison">${options}</select></label>
<label>Right <select name="right"><option value="any">either</option><option value="human">human-trained only</option><option value="tree">tree-trained only</option></select></label>
<label>Words <input type="search" name="words" autocomplete="off"></label>
</form>
<p id="flips-count" role="status" class="note"></p>
<div class="scroll" role="region" aria-label="Disagreements" tabindex="0"><table id="flips-table">
<caption>Test items on which they disagree</caption>
<thead><tr><th scope="col" class="right">Row</th><th scope="col">Question</th><th scope="col" class="if-wide">Gold</th><th scope="col" class="if-wide">Human-trained ×runs</th><th scope="col" class="if-wide">Tree-trained ×runs</th><th scope="col" class="if-wide">Right</th></tr></thead>
<tbody id="flips-rows"></tbody></table></div>
<button type="button" id="flips-more" hidden>Show more</button>
</div>`,
    ],
    data: lists.map(({ items }, i) => renderPageData(`flips-${i}`, items.slice(0, mostItems))),
  };
}

/** A row of tree and the human row that it is compared with, as runs. */
interface RunPair {
  row: CellRow;
  against: string;
  human: EvaluationRun[];
  tree: EvaluationRun[];
}

function listPairs(view: Analysis, results: Results): RunPair[] {
  const byPath = new Map(results.evaluations.map((run) => [run.path, run]));
  const rows = listCellRows(view.tables[3], view.tables[4]);
  const byCell = new Map(rows.map((row) => [row.cell.id, row]));
  const listRuns = (row: CellRow | undefined) =>
    row?.cell.runs.flatMap(({ path }) => byPath.get(path) ?? []) ?? [];
  return rows.flatMap((row) => {
    const difference = row.toHuman.sameN ?? row.toHuman.largest;
    if (row.role !== "tree" || row.control !== null || !difference) return [];
    const human = listRuns(byCell.get(difference.against.cell));
    const tree = listRuns(row);
    if (human.length === 0 || tree.length === 0) return [];
    return [{ row, against: difference.against.label, human, tree }];
  });
}

function testOf({ row }: RunPair): CellRow["cell"]["test"] {
  return row.cell.test;
}

function describePair({ row: { cell, labels }, against, human, tree }: RunPair): string {
  const origin = ["SAMPLE", "replay"].includes(labels.originWord) && labels.originWord;
  const tested = cell.test.kind === "in-domain" ? "" : ` on ${formatTask(cell.test.task)}`;
  const runs = `${labels.source} ×${tree.length} and ${against} ×${human.length}`;
  const name = `${formatTask(cell.task)}${tested}, ${runs}, ${labels.student}`;
  return [origin, name, labels.flags && `(${labels.flags})`].filter(Boolean).join(" ");
}

/** The questions of a run's test file; null where the file is gone or has changed. */
function readQuestions({ manifest: { test, inputs } }: EvaluationRun): string[] | null {
  const { file = "" } = test;
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return null;
  }
  if (sha256(content) !== inputs.test) return null;
  return parseExamples(content.toString("utf8"), file).map(({ question }) => question);
}

function listItems({ human, tree }: RunPair) {
  const questions = readQuestions(tree[0] as EvaluationRun);
  const found = findDisagreements(
    human.map(({ items }) => items),
    tree.map(({ items }) => items),
  );
  const items = found.map((item): Disagreement => {
    const question = questions?.[item.row] ?? null;
    return { ...item, question: question && truncateText(question, mostOfQuestion) };
  });
  return { items, hasQuestions: questions !== null };
}

/**
 * The test items that one kind of classifiers gets right in more than half of its runs and the other
 * does not, in the test file's order.
 * @param human and tree: runs on the same items
 */
export function findDisagreements(
  human: readonly ItemColumns[],
  tree: readonly ItemColumns[],
): Omit<Disagreement, "question">[] {
  const [first] = human;
  const n = first?.gold.length ?? 0;
  if (!first || tree.length === 0 || [...human, ...tree].some(({ gold }) => gold.length !== n))
    return [];
  return first.gold.flatMap((gold, row) => {
    const byHuman = isMostlyRight(human, row);
    if (byHuman === isMostlyRight(tree, row)) return [];
    const right = byHuman ? "human" : "tree";
    return [
      { row, gold, human: countVotes(human, row), tree: countVotes(tree, row), right } as const,
    ];
  });
}

function isMostlyRight(runs: readonly ItemColumns[], row: number): boolean {
  return 2 * runs.filter(({ right }) => right[row] === 1).length > runs.length;
}

/** Answers with how many runs gave each, the most frequent first. */
function countVotes(runs: readonly ItemColumns[], row: number): [answer: string, runs: number][] {
  const votes = new Map<string, number>();
  for (const { predicted } of runs) {
    const answer = predicted[row] ?? "";
    votes.set(answer, (votes.get(answer) ?? 0) + 1);
  }
  return [...votes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
