import { groupBy } from "../../statistics/group-by.ts";
import type { CellRow, RowDifference } from "../../tables/analysis.ts";
import { isSample } from "../../tables/labels.ts";
import {
  renderInterval,
  renderP,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../../tables/numbers.ts";
import { drawIntervals, type IntervalRow } from "../charts/interval-chart.ts";
import { renderTable } from "../data-table.ts";
import { type Figure, toMark } from "../figure.ts";
import { renderTask } from "../figures.ts";
import { lookOf, toDistinctSources } from "../palette.ts";

/** A created row minus a human row. */
interface Compared {
  row: CellRow;
  difference: RowDifference;
}

/**
 * Created minus human, for each task and setting, with intervals.
 * @param rows of both tables; those without such a difference are left out
 * @returns null where none has one
 */
export function toDifferenceChart(
  rows: readonly CellRow[],
  against: "sameN" | "largest",
): Figure | null {
  const compared = rows.flatMap((row): Compared[] => {
    const difference = row.toHuman[against];
    return difference ? [{ row, difference }] : [];
  });
  if (compared.length === 0) return null;
  const toTests = ({ row: { cell } }: Compared) => `${cell.task} ${cell.test.task}`;
  const marked = [...groupBy(compared, toTests).values()].map(
    (of): IntervalRow => ({
      label: toLabel((of[0] as Compared).row),
      tick: null,
      marks: of.map(({ row, difference: { estimate } }) => ({
        look: lookOf(row.role),
        value: 100 * estimate.value,
        low: 100 * estimate.low,
        high: 100 * estimate.high,
      })),
    }),
  );
  const isFull = compared.every(({ row }) => row.toHuman.largestIsFull);
  const largest = isFull ? "the human train split" : "the largest human sets";
  const human = against === "sameN" ? "as many human examples" : largest;
  const id = `answer-${against}`;
  return {
    id,
    title: `Created minus ${human}, points of accuracy, 95 % intervals`,
    mark: toMark(compared.map(({ row }) => row.labels.originWord)),
    legend: toLegend(compared.map(({ row }) => row)),
    rooms: "both",
    draw: (room) =>
      drawIntervals(
        id,
        { rows: marked, axis: "points; right of 0: created is better", zero: 0 },
        room,
      ),
    table: renderTable(
      `Created minus ${human}, points of accuracy`,
      [
        {
          head: "Task",
          cell: ({ row }) => toLabel(row).join(" "),
          sort: ({ row }) => row.cell.task,
        },
        { head: "Setting", cell: ({ row }) => row.labels.source, sort: ({ row }) => row.role },
        {
          head: "Human N",
          align: "right",
          cell: ({ difference }) => difference.against.n,
          sort: ({ difference }) => difference.against.n,
        },
        {
          head: "Difference",
          align: "right",
          cell: ({ difference }) => renderPoints(difference.estimate.value),
          sort: ({ difference }) => difference.estimate.value,
        },
        {
          head: "95 % interval",
          align: "right",
          cell: ({ difference }) => renderPointsRange(difference.estimate),
        },
        {
          head: "p, adjusted",
          align: "right",
          cell: ({ difference: { adjustedP, p } }) => renderP(adjustedP ?? p),
        },
      ],
      compared,
    ),
  };
}

/** Accuracies with intervals and baselines, where there is no human row to compare with. */
export function toAccuracyChart(cells: readonly CellRow[]): Figure {
  const toTests = ({ cell, labels }: CellRow) =>
    JSON.stringify([cell.task, cell.test.task, isSample(cell), labels.student]);
  const rows = [...groupBy(cells, toTests).values()].map((of): IntervalRow => {
    const [first] = of as [CellRow];
    const { chance, bestConstant } = first.cell.baseline;
    const baseline = chance ?? bestConstant;
    return {
      label: toLabel(first),
      tick: baseline === null ? null : 100 * baseline,
      marks: of.map(({ role, cell: { accuracy, interval } }) => ({
        look: lookOf(role),
        value: 100 * accuracy,
        low: 100 * interval.low,
        high: 100 * interval.high,
      })),
    };
  });
  return {
    id: "answer",
    title: "Accuracy with 95 % intervals; dashed: the best constant answer, or chance",
    mark: toMark(cells.map(({ labels }) => labels.originWord)),
    legend: toLegend(cells),
    rooms: "both",
    draw: (room) => drawIntervals("answer", { rows, axis: "accuracy, %", zero: null }, room),
    table: renderTable(
      "Accuracy, %",
      [
        { head: "Task", cell: (row) => toLabel(row).join(" "), sort: ({ cell }) => cell.task },
        { head: "Source", cell: ({ labels }) => labels.source, sort: ({ role }) => role },
        {
          head: "Accuracy %",
          align: "right",
          cell: ({ cell }) => renderPercent(cell.accuracy, 1),
          sort: ({ cell }) => cell.accuracy,
        },
        {
          head: "95 % interval",
          align: "right",
          cell: ({ cell }) => renderInterval(cell.interval),
        },
      ],
      cells,
    ),
  };
}

function toLabel({ cell: { task, test } }: CellRow): [string, string?] {
  return test.kind === "in-domain"
    ? [renderTask(task)]
    : [renderTask(task), `→ ${renderTask(test.task)}`];
}

function toLegend(rows: readonly CellRow[]): Figure["legend"] {
  return toDistinctSources(rows.map(({ role }) => role)).map((role) => ({
    label: role,
    look: lookOf(role),
  }));
}
