import { html } from "../../render/markup.ts";
import { groupBy } from "../../statistics/group-by.ts";
import type { Analysis, CellRow, RowDifference } from "../../tables/analysis.ts";
import { isSample } from "../../tables/labels.ts";
import {
  renderInterval,
  renderP,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../../tables/numbers.ts";
import type { DomainAnswer, Equivalent, Pooled } from "../../tables/view-beside.ts";
import { margin } from "../../verdicts/judge-answer.ts";
import { drawIntervals, type IntervalRow } from "../charts/interval-chart.ts";
import { lookOf, sortSources } from "../charts/looks.ts";
import { nameColumn, numberColumn, type PageColumn, renderPageTable } from "../page/page-table.ts";
import { type Chart, renderBadge, type Section, type SectionPart } from "../page/parts.ts";
import { formatTask, formatTasks, listCellRows } from "./rows.ts";

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
      ...describePooled(view.pooled),
      ...describeEquivalents(view.equivalents),
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

/** A created row minus a human row. */
interface Compared {
  row: CellRow;
  difference: RowDifference;
}

/** Created minus human for each task and setting; null where no row has such a difference. */
function createDifferenceChart(
  rows: readonly CellRow[],
  against: "sameN" | "largest",
): Chart | null {
  const compared = rows.flatMap((row): Compared[] => {
    const difference = row.toHuman[against];
    return difference ? [{ row, difference }] : [];
  });
  if (compared.length === 0) return null;
  const groups = groupBy(compared, ({ row: { cell } }) => `${cell.task} ${cell.test.task}`);
  const isFull = compared.every(({ row }) => row.toHuman.largestIsFull);
  const largest = isFull ? "the human train split" : "the largest human sets";
  const title = `Created minus ${against === "sameN" ? "as many human examples" : largest}, points of accuracy`;
  const columns: PageColumn<Compared>[] = [
    nameColumn("Task", ({ row }) => listTasks(row).join(" ")),
    nameColumn("Setting", ({ row }) => row.labels.source),
    numberColumn("Human N", ({ difference }) => difference.against.n),
    numberColumn("Difference", ({ difference }) => difference.estimate.value, renderPoints),
    {
      head: "95 % interval",
      layout: "right",
      cell: ({ difference }) => renderPointsRange(difference.estimate),
    },
    numberColumn("p, adjusted", ({ difference: { adjustedP, p } }) => adjustedP ?? p, renderP),
  ];
  return {
    id: `answer-${against}`,
    title: `${title}, 95 % intervals`,
    origins: compared.map(({ row }) => row.labels.originWord),
    legend: createLegend(compared.map(({ row }) => row)),
    drawing: drawIntervals({
      rows: [...groups.values()].map(
        (group): IntervalRow => ({
          label: listTasks((group[0] as Compared).row),
          baseline: null,
          marks: group.map(({ row, difference: { estimate } }) =>
            createMark(row, estimate.value, estimate),
          ),
        }),
      ),
      axis: "points; right of 0: created is better",
      reference: 0,
    }),
    table: renderPageTable(title, columns, compared),
  };
}

/** Accuracies and baselines, where there is no human row to compare with. */
function createAccuracyChart(cells: readonly CellRow[]): Chart {
  const groups = groupBy(cells, ({ cell, labels }) =>
    JSON.stringify([cell.task, cell.test.task, isSample(cell), labels.student]),
  );
  const rows = [...groups.values()].map((group): IntervalRow => {
    const [first] = group as [CellRow];
    const { chance, bestConstant } = first.cell.baseline;
    const baseline = chance ?? bestConstant;
    return {
      label: listTasks(first),
      baseline: baseline === null ? null : 100 * baseline,
      marks: group.map((row) => createMark(row, row.cell.accuracy, row.cell.interval)),
    };
  });
  const columns: PageColumn<CellRow>[] = [
    nameColumn("Task", (row) => listTasks(row).join(" ")),
    nameColumn("Source", ({ labels }) => labels.source),
    numberColumn(
      "Accuracy %",
      ({ cell }) => cell.accuracy,
      (accuracy) => renderPercent(accuracy, 1),
    ),
    { head: "95 % interval", layout: "right", cell: ({ cell }) => renderInterval(cell.interval) },
  ];
  return {
    id: "answer",
    title: "Accuracy with 95 % intervals; dashed: the best constant answer, or chance",
    origins: cells.map(({ labels }) => labels.originWord),
    legend: createLegend(cells),
    drawing: drawIntervals({ rows, axis: "accuracy, %", reference: null }),
    table: renderPageTable("Accuracy, %", columns, cells),
  };
}

function createMark(
  { role }: CellRow,
  value: number,
  { low, high }: { low: number; high: number },
) {
  return { look: lookOf(role), value: 100 * value, low: 100 * low, high: 100 * high };
}

function listTasks({ cell: { task, test } }: CellRow): string[] {
  return test.kind === "in-domain"
    ? [formatTask(task)]
    : [formatTask(task), `→ ${formatTask(test.task)}`];
}

function createLegend(rows: readonly CellRow[]): Chart["legend"] {
  return sortSources(rows.map(({ role }) => role)).map((role) => ({
    label: role,
    look: lookOf(role),
  }));
}

function describePooled(pooled: readonly Pooled[]): SectionPart[] {
  const [first] = pooled;
  if (!first) return [];
  const columns: PageColumn<Pooled>[] = [
    {
      head: "Setting",
      cell: ({ source, sample }) => [source, " ", renderBadge(sample ? ["SAMPLE"] : [])],
      sort: ({ source }) => source,
    },
    nameColumn("Against", ({ against }) => against),
    numberColumn("Pairs", ({ pairs }) => pairs.length),
    numberColumn("Mean", ({ mean }) => mean, renderPoints),
    { head: "95 % interval", layout: "right", cell: renderPointsRange },
    numberColumn("p", ({ p }) => p, renderP),
    {
      head: "Classifier, flags",
      layout: "prose",
      cell: ({ student, flags }) => [student, flags && `; ${flags}`],
    },
  ];
  const caption = "Created minus human data over all cross-domain pairs, points of accuracy";
  return [
    { heading: "Out of domain: the paper's claim" },
    { text: first.sentence },
    renderPageTable(caption, columns, pooled),
  ];
}

function describeEquivalents(equivalents: readonly Equivalent[]): SectionPart[] {
  if (equivalents.length === 0) return [];
  const columns: PageColumn<Equivalent>[] = [
    {
      head: "Source, task",
      layout: "prose short",
      cell: ({ labels, task, test }) =>
        html`${labels.source} ${renderBadge([labels.originWord])}<small>${formatTasks(task, test)}</small>`,
      sort: ({ task, test, labels }) => `${task} ${test} ${labels.source}`,
    },
    { head: "Human-equivalent N", layout: "prose short", cell: ({ sentence }) => sentence },
    numberColumn("Created N", ({ createdN }) => createdN),
    {
      head: "Human curve, N",
      layout: "prose short",
      cell: ({ curve }) => curve.map(({ n }) => n).join(", "),
    },
    { head: "Classifier", layout: "prose short", cell: ({ labels }) => labels.student },
  ];
  return [
    { heading: "How many human examples equal a created set?" },
    renderPageTable("Human-equivalent N", columns, equivalents, true),
  ];
}
