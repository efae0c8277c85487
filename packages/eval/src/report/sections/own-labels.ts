import { mean } from "@seedling/core/internal";
import { html, type Insert, type Markup, renderHtmlTable } from "../../render/html.ts";
import type { EvaluationRun } from "../../results/results.ts";
import { computeLabelMetrics, countConfusions, listLabels } from "../../statistics/confusion.ts";
import { sortBy } from "../../tables/cells.ts";
import { left, long, percent, right, type TableColumn } from "../../tables/column.ts";
import {
  createLabelTable,
  createMatrix,
  createPairTable,
  type MatrixRow,
} from "../../tables/label-tables.ts";
import type { OwnTask } from "../../tables/own-tasks.ts";
import type { CellRow } from "../../tables/rows.ts";
import { renderChoice, type Section, wordFilter } from "../page/page.ts";
import { nameClassifier } from "./own-result.ts";
import { showTable } from "./rows.ts";
import {
  countVotes,
  isMostlyRight,
  mostItems,
  readQuestions,
  truncateQuestion,
} from "./test-items.ts";

/** Labels that a confusion matrix is shown for; of more, the pairs that are mixed up most often. */
const mostOfMatrix = 20;

/** Pairs of labels listed. */
const mostPairs = 30;

/** Rows whose wrong items can be chosen. */
const mostRows = 20;

/** Which labels does the classifier mix up, and on which items? */
export function createLabelsSection(task: OwnTask): Omit<Section, "id"> {
  const { main, runs, rows, listRuns } = task;
  const section = { name: "Mistakes", title: "Which mistakes does it make?" };
  if (main === null)
    return {
      ...section,
      content: html`<p>Nothing is known of its mistakes: it has not been tested yet.</p>\n`,
    };
  const others = [main, ...rows.filter((row) => row !== main)].slice(0, mostRows);
  return {
    ...section,
    content: [
      main.cell.test.options === "fixed" && showLabels(runs),
      html`<h3>Wrong items</h3>
<p>Where more than half of a row's runs are wrong, the surest answers first. A sure mistake is often a label of the test file that a person should look at again.</p>\n`,
      renderChoice({
        choice: "Classifier",
        filters: wordFilter,
        contents: others.map((row) => listWrong(row, listRuns(row))),
      }),
      rows.length > mostRows &&
        html`<p class="note">The first ${mostRows} of ${rows.length} rows can be chosen.</p>\n`,
    ],
  };
}

function showLabels(runs: readonly EvaluationRun[]): Insert {
  const confusions = countConfusions(runs.map(({ items }) => items));
  const trained = runs[0]?.manifest.train.labels ?? null;
  const metrics = computeLabelMetrics(confusions).map((row) => ({
    ...row,
    trained: trained === null ? null : (trained[row.label] ?? 0),
  }));
  const isSmall = listLabels(confusions).length <= mostOfMatrix;
  return [
    isSmall && showMatrix(createMatrix(confusions)),
    showTable(createPairTable(confusions, isSmall ? 10 : mostPairs), {}),
    showTable(createLabelTable(metrics, runs.length), {
      cells: [
        "label",
        "gold",
        "right",
        ["recall_percent", "recall_low_percent"],
        "answered",
        "precision_percent",
        "f1_percent",
        "trained",
      ],
    }),
  ];
}

/** A matrix with a shade by the part of a row's items, right answers in another colour. */
function showMatrix(matrix: ReturnType<typeof createMatrix>): Insert {
  const shade = (row: MatrixRow, index: number, text: string): Insert => {
    const part = row.n === 0 ? 0 : (row.counts[index] ?? 0) / row.n;
    const kind = row.number === index + 1 ? "right-answer" : "wrong-answer";
    return html`<span class="${kind}" data-shade="${Math.ceil(4 * part)}">${text}</span>`;
  };
  const decorate = Object.fromEntries(
    matrix.columns
      .slice(1)
      .map(({ id }, index) => [id, (row: MatrixRow, text: string) => shade(row, index, text)]),
  );
  return html`<div class="matrix">${showTable(matrix, { decorate })}</div>`;
}

interface WrongItem {
  row: number;
  question: string;
  gold: string;
  answer: string;
  confidence: number | null;
}

function listWrong(
  row: CellRow,
  runs: readonly EvaluationRun[],
): { name: string; content: Markup } {
  const [first] = runs;
  const questions = first ? readQuestions(first) : null;
  const items = runs.map((run) => run.items);
  const wrong = (first?.items.gold ?? []).flatMap((gold, item): WrongItem[] => {
    if (isMostlyRight(items, item)) return [];
    const sure = mean(items.map(({ confidence }) => confidence[item] ?? Number.NaN));
    const [only] = items;
    return [
      {
        row: item + 1,
        question: truncateQuestion(questions?.[item]),
        gold,
        answer:
          items.length === 1 ? only?.predicted[item] || "(no answer)" : countVotes(items, item),
        confidence: Number.isNaN(sure) ? null : sure,
      },
    ];
  });
  const sorted = sortBy(wrong, ({ confidence, row }) => [-(confidence ?? 0), row]).slice(
    0,
    mostItems,
  );
  const columns: TableColumn<WrongItem>[] = [
    right("row", "Row", (item) => item.row),
    long(
      "question",
      "Text",
      ({ question }) => question.slice(0, 20),
      ({ question }) => question,
    ),
    left("gold", "Right label", ({ gold }) => gold),
    left("answer", "Answer", ({ answer }) => answer),
    percent("confidence", "Probability %", ({ confidence }) => confidence, 1),
  ];
  const name = `${nameClassifier(row)}: ${wrong.length} of ${row.cell.test.n} wrong${wrong.length > mostItems ? `, the first ${mostItems} shown` : ""}`;
  const cells = ["row", ["question", "gold", "answer"], "confidence"];
  return {
    name,
    content: renderHtmlTable(
      { title: "Wrong items", columns, rows: sorted },
      {
        cells,
        decorate: {
          gold: (_, text) => `right: ${text}`,
          answer: (_, text) => html`answer: <mark>${text}</mark>`,
        },
      },
    ),
  };
}
