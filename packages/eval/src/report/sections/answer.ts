import { group } from "d3-array";
import { html, type Insert, renderHtmlTable } from "../../render/html.ts";
import { accuracyColumns } from "../../tables/accuracy-columns.ts";
import { listCellRows } from "../../tables/accuracy-table.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { type DomainAnswer, idleNote } from "../../tables/answers.ts";
import { equivalentTable } from "../../tables/equivalents.ts";
import { isSample } from "../../tables/labels.ts";
import { createPooledTable } from "../../tables/pooled.ts";
import type { CellRow } from "../../tables/rows.ts";
import { margin } from "../../verdicts/verdicts.ts";
import { drawIntervals, wrapRowLabel } from "../charts/charts.ts";
import { listLegend, looks } from "../charts/looks.ts";
import type { Commands } from "../page/commands.ts";
import {
  type Chart,
  keepFlags,
  renderCharts,
  renderMissing,
  renderNotes,
  type Section,
} from "../page/page.ts";
import { decorateRow, formatTasks, showTable } from "./rows.ts";

/** Does created data replace human data? A sentence and a chart each, and what they rest on. */
export function createAnswerSection(view: Analysis, commands: Commands): Section {
  const [answer, ...others] = view.answers;
  const rows = listCellRows(view.tables[3], view.tables[4]);
  return {
    id: "answer",
    name: "Answer",
    title: "Does created data stand in for human data here?",
    content: [
      answer ? describeAnswer(answer, rows, others) : describeMissing(rows, commands),
      renderCharts([createAccuracyChart(rows, "answer")]),
      showTable(createPooledTable(view.pooled), { decorate: decorateRow }),
      showTable({ ...equivalentTable, rows: view.equivalents }, { decorate: decorateRow }),
    ],
  };
}

/** Against as many human examples, and against all of them: two questions, two sentences. */
function describeAnswer(
  answer: DomainAnswer,
  all: readonly CellRow[],
  others: readonly DomainAnswer[],
): Insert {
  const rows = all.filter(({ cell }) => answer.cells.includes(cell.id));
  const list = others.map(
    (other) =>
      html`${listSentences(other).join(" ")} <small>${keepFlags(describeConditions(other))}</small>`,
  );
  return [
    listSentences(answer).map((sentence) => html`<p class="answer">${sentence}</p>\n`),
    html`<p class="note">Created by ${answer.model}; classifier ${keepFlags(describeConditions(answer, false))}. “Stands in” means that the
interval stays above −${100 * margin} points, “nearly” that all of it lies between that and 0; ${idleNote}. Tasks are pooled as random effects.</p>\n`,
    renderCharts([createDifferenceChart(rows, "sameN"), createDifferenceChart(rows, "largest")]),
    list.length > 0 &&
      html`<details><summary>The answer under other conditions (${list.length})</summary>${renderNotes(list)}</details>\n`,
  ];
}

function listSentences({ sameN, largest }: DomainAnswer): string[] {
  return [sameN, largest].flatMap((part) => part?.sentence ?? []);
}

function describeConditions({ model, student, flags }: DomainAnswer, withModel = true): string {
  return [withModel && model, student, flags].filter(Boolean).join("; ");
}

function describeMissing(rows: readonly CellRow[], commands: Commands): Insert {
  const hasHuman = rows.some(({ role }) => role.startsWith("human"));
  const missing = hasHuman
    ? "There is a human row, but none trained on created data with the same classifier and flags."
    : "There is no row trained on human data with the same classifier and flags.";
  return [
    html`<p class="answer">No answer yet.</p>\n`,
    renderMissing(missing, commands.run(`--setting ${hasHuman ? "tree" : "human"}`)),
  ];
}

/** Created minus human for each task and setting; null where no row has such a difference. */
function createDifferenceChart(
  rows: readonly CellRow[],
  against: "sameN" | "largest",
): Chart | null {
  const isFull = rows.every(({ toHuman }) => !toHuman.largest || toHuman.largestIsFull);
  const largest = isFull ? "the human train split" : "the largest human sets";
  const human = against === "sameN" ? "as many human examples" : largest;
  const column = against === "sameN" ? "minus_human_same_n" : "minus_human_largest";
  const parts = ["points", "p_holm", "mde_points"].map((part) => `${column}_${part}`);
  return createIntervalChart(
    rows,
    {
      id: `answer-${against}`,
      title: `Created minus ${human}, points of accuracy, 95 % intervals`,
      axis: "points; right of 0: created is better",
      cells: ["source", "trained_on", "tested_on", ...parts],
    },
    ({ toHuman }) => toHuman[against] && { ...toHuman[against].estimate, baseline: 0 },
  );
}

/** Rows of accuracies that are drawn. */
const mostDrawn = 40;

/** The classifier, or that there is none. */
function nameStudent({ role, labels }: CellRow): string {
  return role === "direct" ? "asked directly" : labels.student;
}

/** Accuracies beside the constant answer's, and of the language model asked directly; controls are left out. */
export function createAccuracyChart(rows: readonly CellRow[], id: string): Chart | null {
  const plain = rows.filter(({ control, role }) => control === null || role === "direct");
  const chart = createIntervalChart(
    plain.slice(0, mostDrawn),
    {
      id: `accuracy-${id}`,
      title: "Accuracy with 95 % intervals; dashed: the best constant answer, or chance",
      axis: "accuracy, %",
      cells: ["source", "trained_on", "tested_on", "accuracy_percent", "interval_low_percent"],
    },
    ({ cell: { accuracy, interval, baseline } }) => ({
      value: accuracy,
      ...interval,
      baseline: baseline.chance ?? baseline.bestConstant,
    }),
  );
  const isCut = plain.length > mostDrawn;
  return chart && isCut
    ? { ...chart, note: `The first ${mostDrawn} of ${plain.length} rows.` }
    : chart;
}

/**
 * A row of the chart for each pair of tasks, sample and classifier, an interval in it for each row of the tables.
 * @param cells ids of the columns of its table
 * @param measure fractions; null: the row has no interval
 */
function createIntervalChart(
  all: readonly CellRow[],
  { axis, cells, ...names }: Pick<Chart, "id" | "title"> & { axis: string; cells: string[] },
  measure: (
    row: CellRow,
  ) => { value: number; low: number; high: number; baseline: number | null } | null,
): Chart | null {
  const measured = all.flatMap((row) => {
    const interval = measure(row);
    return interval ? [{ row, ...interval }] : [];
  });
  if (measured.length === 0) return null;
  const tasks = new Set(
    measured.map(({ row: { cell } }) => formatTasks(cell.task, cell.test.task)),
  );
  const students = new Set(measured.map(({ row }) => nameStudent(row)));
  const groups = group(measured, ({ row: { cell, labels } }) =>
    JSON.stringify([cell.task, cell.test.task, isSample(cell), labels.student]),
  );
  const named = [...groups.values()].map((group) => {
    const [first] = group as [(typeof group)[number]];
    const { cell } = first.row;
    const name = [
      ...(tasks.size > 1 || students.size === 1
        ? formatTasks(cell.task, cell.test.task).split(/ (?=→)/)
        : []),
      ...(students.size > 1 ? [nameStudent(first.row)] : []),
    ].flatMap(wrapRowLabel);
    return { group, first, name, key: name.join("\n") };
  });
  const byName = group(named, ({ key }) => key);
  const drawn = named.map(({ group, first: { row, baseline }, name, key }) => ({
    // Rows of one name differ in that alone.
    label: byName.get(key)?.length === 1 || !isSample(row.cell) ? name : [...name, "SAMPLE"],
    baseline: baseline && 100 * baseline,
    marks: group.map(({ row, value, low, high }) => ({
      look: looks[row.role],
      value: 100 * value,
      low: 100 * low,
      high: 100 * high,
    })),
  }));
  const rows = measured.map(({ row }) => row);
  return {
    ...names,
    origins: rows.map(({ labels }) => labels.originWord),
    legend: listLegend(rows.map(({ role }) => role)),
    drawing: drawIntervals(drawn, axis),
    table: renderHtmlTable(
      { ...names, columns: accuracyColumns, rows },
      { cells, decorate: decorateRow },
    ),
  };
}
