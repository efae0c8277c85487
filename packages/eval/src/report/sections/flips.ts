import { renderWhole } from "@seedling/core/internal";
import { index } from "d3-array";
import { html, type Markup, renderHtmlTable } from "../../render/html.ts";
import type { EvaluationRun, ItemColumns, Results } from "../../results/results.ts";
import { listCellRows } from "../../tables/accuracy-table.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { left, long, right, type TableColumn } from "../../tables/column.ts";
import type { CellRow } from "../../tables/rows.ts";
import { truncateText } from "../charts/charts.ts";
import type { Commands } from "../page/commands.ts";
import {
  renderChoice,
  renderMissing,
  renderNotes,
  type Section,
  wordFilter,
} from "../page/page.ts";
import { formatTask } from "./rows.ts";
import {
  countVotes,
  isMostlyRight,
  mostItems,
  readQuestions,
  truncateQuestion,
} from "./test-items.ts";

export function createFlipsSection(view: Analysis, results: Results, commands: Commands): Section {
  const section = {
    id: "flips",
    name: "Disagreements",
    title: "Which test items do human-trained and tree-trained classifiers disagree on?",
  };
  const pairs = listPairs(view, results);
  if (pairs.length === 0) {
    const missing = "No row of tree was tested on the same items as a human row.";
    return { ...section, content: renderMissing(missing, commands.run("--setting human,tree")) };
  }
  const lists = pairs.map((pair) => ({
    pair,
    name: describePair(pair),
    questions: readQuestions(pair.tree[0] as EvaluationRun),
    items: findDisagreements(
      pair.human.map(({ items }) => items),
      pair.tree.map(({ items }) => items),
    ),
  }));
  const notes = lists.flatMap(({ pair, name, items, questions }) => [
    questions === null &&
      `${pair.row.cell.test.task}: rows without questions, since the test file of these runs was not found or has changed since.`,
    items.length > mostItems && `${name}: the first ${mostItems} are listed.`,
  ]);
  const list = [...new Set(notes)].filter((note) => note !== false);
  return {
    ...section,
    content: [
      html`<p>An item is listed where one side is right in more than half of its runs and the other is not. Rows count from 1, in the test file's order. The human row is the one at the same N where there is one. Each evaluation's items.jsonl has all answers.</p>\n`,
      list.length > 0 && renderNotes(list),
      renderChoice({
        choice: "Comparison",
        contents: lists.map(({ pair, name, items, questions }) => ({
          name: `${name}: ${renderWhole(items.length)} of ${renderWhole(pair.row.cell.test.n)} items`,
          content: renderDisagreements(items.slice(0, mostItems), questions),
        })),
        filters: html`<label>Right <select name="right"><option value="">either</option><option value="human">human-trained only</option><option value="tree">tree-trained only</option></select></label> ${wordFilter}`,
      }),
    ],
  };
}

function renderDisagreements(
  items: readonly Disagreement[],
  questions: readonly string[] | null,
): Markup {
  const question = ({ row }: Disagreement) => truncateQuestion(questions?.[row]);
  const decorate =
    (side: Disagreement["right"]) =>
    ({ right }: Disagreement, text: string) =>
      html`${side}: ${right === side ? html`<mark>${text}</mark>` : text}`;
  const columns: TableColumn<Disagreement>[] = [
    right("row", "Row", ({ row }) => row + 1),
    long("question", "Question", (item) => truncateText(question(item), 20), question),
    left("gold", "Gold", ({ gold }) => gold),
    left("human", "Human", ({ human }) => human),
    left("tree", "Tree", ({ tree }) => tree),
    left("right", "Right", (item) => item.right),
  ];
  return renderHtmlTable(
    { title: "Test items on which they disagree", columns, rows: items },
    {
      cells: ["row", ["question", "gold", "human", "tree"], "right"],
      decorate: {
        gold: (_, text) => `gold: ${text}`,
        human: decorate("human"),
        tree: decorate("tree"),
      },
    },
  );
}

type Disagreement = ReturnType<typeof findDisagreements>[number];

type RunPair = ReturnType<typeof listPairs>[number];

/** Rows of tree with the human rows that they are compared with, as runs. */
function listPairs(view: Analysis, results: Results) {
  const byPath = index(results.evaluations, ({ path }) => path);
  const rows = listCellRows(view.tables[3], view.tables[4]);
  const byCell = index(rows, ({ cell }) => cell.id);
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

function describePair({ row: { cell, labels }, against, human, tree }: RunPair): string {
  const origin = ["SAMPLE", "replay"].includes(labels.originWord) && labels.originWord;
  const tested = cell.test.kind === "in-domain" ? "" : ` on ${formatTask(cell.test.task)}`;
  const runs = `${labels.source} ×${tree.length} and ${against} ×${human.length}`;
  const name = `${formatTask(cell.task)}${tested}, ${runs}, ${labels.student}`;
  return [origin, name, labels.flags && `(${labels.flags})`].filter(Boolean).join(" ");
}

/**
 * The test items that one kind of classifiers gets right in more than half of its runs and the other
 * does not, in the test file's order.
 * @param human and tree: runs on the same items
 * @returns answers with how many runs gave each, the most frequent first: `yes ×2, no ×1`
 */
export function findDisagreements(human: readonly ItemColumns[], tree: readonly ItemColumns[]) {
  const [first] = human;
  const n = first?.gold.length ?? 0;
  if (!first || tree.length === 0 || [...human, ...tree].some(({ gold }) => gold.length !== n))
    return [];
  return first.gold.flatMap((gold, row) => {
    const byHuman = isMostlyRight(human, row);
    if (byHuman === isMostlyRight(tree, row)) return [];
    const [byHumans, byTrees] = [human, tree].map((runs) => countVotes(runs, row));
    const right: "human" | "tree" = byHuman ? "human" : "tree";
    return [{ row, gold, human: byHumans, tree: byTrees, right }];
  });
}
