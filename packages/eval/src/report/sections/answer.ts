import { renderHtmlTable } from "../../render/html.ts";
import { html } from "../../render/markup.ts";
import { groupBy } from "../../statistics/aggregate.ts";
import { createAccuracyTable } from "../../tables/accuracy-columns.ts";
import type { Analysis } from "../../tables/analysis.ts";
import type { DomainAnswer } from "../../tables/answers.ts";
import { createEquivalentTable } from "../../tables/equivalents.ts";
import { isSample } from "../../tables/labels.ts";
import { createPooledTable } from "../../tables/pooled.ts";
import type { CellRow } from "../../tables/rows.ts";
import { margin } from "../../verdicts/verdicts.ts";
import { drawIntervals, type IntervalRow } from "../charts/interval-chart.ts";
import { listLegend, lookOf } from "../charts/looks.ts";
import type { Chart, Section, SectionPart } from "../page/parts.ts";
import { decorateRow, formatTasks, listCellRows } from "./rows.ts";
import { showTable } from "./tables.ts";

/** Does created data replace human data? A sentence and a chart each, and what they rest on. */
export function createAnswerSection(view: Analysis): Section {
  const [answer, ...others] = view.answers;
  const rows = listCellRows(view.tables[3], view.tables[4]);
  return {
    id: "answer",
    name: "Answer",
    title: "Does created data stand in for human data here?",
    parts: [
      ...(answer ? describeAnswer(answer, rows, others) : describeMissing(rows)),
      ...showTable(createPooledTable(view.pooled), { decorate: decorateRow }),
      ...showTable(createEquivalentTable(view.equivalents), { decorate: decorateRow }),
    ],
  };
}

/** Against as many human examples, and against all of them: two questions, two sentences. */
function describeAnswer(
  answer: DomainAnswer,
  all: readonly CellRow[],
  others: readonly DomainAnswer[],
): SectionPart[] {
  const rows = all.filter(({ cell }) => answer.cells.includes(cell.id));
  const list = others.map(
    (other) => html`${listSentences(other).join(" ")} <small>${describeConditions(other)}</small>`,
  );
  return [
    ...listSentences(answer).map((sentence) => ({ answer: sentence })),
    {
      note: `Created by ${answer.model}; classifier ${describeConditions(answer, false)}. “Stands in” means that the
interval stays above −${100 * margin} points, “nearly” that all of it lies between that and 0. Tasks are pooled as random effects.`,
    },
    {
      charts: [createDifferenceChart(rows, "sameN"), createDifferenceChart(rows, "largest")],
      wide: true,
    },
    list.length > 0 && {
      details: `The answer under other conditions (${list.length})`,
      parts: [{ list }],
    },
  ];
}

function listSentences({ sameN, largest }: DomainAnswer): string[] {
  return [sameN, largest].flatMap((part) => part?.sentence ?? []);
}

function describeConditions({ model, student, flags }: DomainAnswer, withModel = true): string {
  return [withModel && model, student, flags].filter(Boolean).join("; ");
}

function describeMissing(rows: readonly CellRow[]): SectionPart[] {
  const shown = rows.filter(({ control }) => control === null);
  const hasHuman = rows.some(({ role }) => role.startsWith("human"));
  const missing = hasHuman
    ? "There is a human row, but none trained on created data with the same classifier and flags."
    : "There is no row trained on human data with the same classifier and flags.";
  const tasks = [...new Set(shown.map(({ cell }) => cell.task))].join(",") || "boolq";
  return [
    { answer: "No answer yet." },
    { missing, flags: `--data ${tasks} --setting ${hasHuman ? "tree" : "human"}` },
    shown.length > 0 && { charts: [createAccuracyChart(shown)], wide: true },
  ];
}

/** Created minus human for each task and setting; null where no row has such a difference. */
function createDifferenceChart(
  all: readonly CellRow[],
  against: "sameN" | "largest",
): Chart | null {
  const rows = all.filter(({ toHuman }) => toHuman[against] !== null);
  if (rows.length === 0) return null;
  const isFull = rows.every(({ toHuman }) => toHuman.largestIsFull);
  const largest = isFull ? "the human train split" : "the largest human sets";
  const human = against === "sameN" ? "as many human examples" : largest;
  const column = against === "sameN" ? "minus_human_same_n" : "minus_human_largest";
  return createIntervalChart(rows, {
    id: `answer-${against}`,
    title: `Created minus ${human}, points of accuracy, 95 % intervals`,
    axis: "points; right of 0: created is better",
    reference: 0,
    measure: ({ toHuman }) => toHuman[against]?.estimate ?? null,
    baseline: () => null,
    cells: [
      "source",
      "trained_on",
      "tested_on",
      `${column}_points`,
      `${column}_p_holm`,
      `${column}_mde_points`,
    ],
  });
}

/** Accuracies and baselines, where there is no human row to compare with. */
function createAccuracyChart(rows: readonly CellRow[]): Chart {
  return createIntervalChart(rows, {
    id: "answer",
    title: "Accuracy with 95 % intervals; dashed: the best constant answer, or chance",
    axis: "accuracy, %",
    reference: null,
    measure: ({ cell: { accuracy, interval } }) => ({ value: accuracy, ...interval }),
    baseline: ({ cell: { baseline } }) => baseline.chance ?? baseline.bestConstant,
    cells: ["source", "trained_on", "tested_on", "accuracy_percent", "interval_low_percent"],
  });
}

/** What an interval chart shows of the tables' rows. */
interface Measured {
  id: string;
  title: string;
  axis: string;
  /** In the units of the axis. */
  reference: number | null;
  /** A fraction with the ends of its interval. */
  measure: (row: CellRow) => { value: number; low: number; high: number } | null;
  /** A fraction. */
  baseline: (row: CellRow) => number | null;
  /** Ids of the columns of its table. */
  cells: readonly string[];
}

/** A row of the chart for each pair of tasks, sample and classifier, an interval in it for each row of the tables. */
function createIntervalChart(
  rows: readonly CellRow[],
  { id, title, axis, reference, measure, baseline, cells }: Measured,
): Chart {
  const groups = groupBy(rows, ({ cell, labels }) =>
    JSON.stringify([cell.task, cell.test.task, isSample(cell), labels.student]),
  );
  const drawn = [...groups.values()].map((group): IntervalRow => {
    const [first] = group as [CellRow];
    const { task, test } = first.cell;
    const line = baseline(first);
    return {
      label: formatTasks(task, test.task).split(/ (?=→)/),
      baseline: line === null ? null : 100 * line,
      marks: group.flatMap((row) => {
        const measured = measure(row);
        if (measured === null) return [];
        const { value, low, high } = measured;
        return [{ look: lookOf(row.role), value: 100 * value, low: 100 * low, high: 100 * high }];
      }),
    };
  });
  const { columns } = createAccuracyTable({
    number: 3,
    title,
    rows: [...rows],
    notes: [],
    footnotes: [],
  });
  return {
    id,
    title,
    origins: rows.map(({ labels }) => labels.originWord),
    legend: listLegend(rows.map(({ role }) => role)),
    drawing: drawIntervals({ rows: drawn, axis, reference }),
    table: renderHtmlTable({ title, columns, rows }, { cells, decorate: decorateRow }),
  };
}
