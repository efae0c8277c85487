import { createRandom, sources } from "@seedling/core/internal";
import { equivalentSize } from "../statistics/equivalent-size.ts";
import { groupBy } from "../statistics/group-by.ts";
import type { AccuracyTable } from "./analysis.ts";
import type { MeasuredCell } from "./cells.ts";
import { chooseRows } from "./choose-row.ts";
import { left, long, right, type Table, type TableColumn } from "./column.ts";
import { computeGroup, describeControl, isPart } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderPercent, renderSampleSource, roundPercent } from "./numbers.ts";
import { renderEquivalent } from "./render-worth.ts";
import type { Equivalent } from "./view-beside.ts";

const draws = 10_000;

/**
 * How many human examples each created row is worth, by the accuracy of human rows of several sizes: random
 * subsets and the whole. A prefix of a file that is not shuffled is no sample, and not taken. Groups with
 * fewer than two human sizes have no curve.
 * @param tables whose created rows are asked about
 * @param cells all of them, those trained on a part included
 */
export function computeEquivalents(
  tables: readonly AccuracyTable[],
  cells: readonly MeasuredCell[],
): Equivalent[] {
  const human = cells.filter((one) => sources[one.cell.source].isHuman && isRandom(one));
  const curves = groupBy(human, ({ cell }) => computeGroup(cell));
  return tables
    .flatMap(({ rows }) => rows)
    .flatMap((row): Equivalent[] => {
      if (row.kind === "dash" || row.control !== null || !sources[row.cell.source].trains)
        return [];
      const curve = toCurve(curves.get(row.group) ?? []);
      if (sources[row.cell.source].isHuman || curve.length < 2) return [];
      const { cell, labels } = row;
      const size = equivalentSize(
        curve.map(({ cell }) => ({
          n: cell.train.n,
          value: cell.accuracy,
          standardError: cell.standardError,
        })),
        { value: cell.accuracy, standardError: cell.standardError },
        { draws, random: createRandom("equivalent size", cell.id) },
      );
      const points = curve.map(({ cell }) => ({
        n: cell.train.n,
        accuracy: cell.accuracy,
        interval: cell.interval,
        seeds: cell.seeds,
        cell: cell.id,
      }));
      return [
        {
          task: cell.task,
          test: cell.test.task,
          labels,
          cell: cell.id,
          createdN: cell.train.n,
          accuracy: cell.accuracy,
          sample: isSample(cell),
          curve: points,
          ...(typeof size === "string" ? { n: null, low: null, high: null } : size),
          sentence: renderEquivalent(size, cell.accuracy, points),
        },
      ];
    });
}

function isRandom(one: MeasuredCell): boolean {
  const whole = !isPart(one.cell) || one.cell.conditions.fractionBy === "random";
  return whole && describeControl(one.cell) === null;
}

/** The row that counts of each size, by size. */
function toCurve(cells: readonly MeasuredCell[]): MeasuredCell[] {
  const sizes = chooseRows(cells, ({ cell }) => String(cell.train.n));
  return sizes.sort((a, b) => a.cell.train.n - b.cell.train.n);
}

/** Human-equivalent sizes as a table. */
export function createEquivalentTable(equivalents: readonly Equivalent[]): Table<Equivalent> {
  return {
    title: "How many human examples is a created set worth?",
    columns: equivalentColumns,
    rows: equivalents,
    empty:
      "No curve yet: human rows of two sizes or more, by --examples or --fraction with --fraction-by random.",
    notes:
      equivalents.length > 0
        ? [
            "Human-equivalent N: the size at which the human curve (made monotone, linear in log N) reaches the created accuracy; interval by draws of both. Outside the sizes measured: <, >.",
          ]
        : [],
  };
}

const equivalentColumns: readonly TableColumn<Equivalent>[] = [
  left("trained_on", "Trained on", ({ task }) => task),
  left("tested_on", "Tested on", ({ test }) => test),
  left("source", "Created", ({ labels }) => labels.source, renderSampleSource),
  long("student", "Student", ({ labels }) => labels.student),
  right("created_n", "Created N", ({ createdN }) => createdN),
  right(
    "accuracy_percent",
    "Accuracy %",
    ({ accuracy }) => roundPercent(accuracy),
    ({ accuracy }) => renderPercent(accuracy),
  ),
  left(
    "equivalent_n",
    "Human-equivalent N",
    ({ n }) => n,
    ({ sentence }) => sentence,
  ),
  left("human_curve", "Human curve, N: %", ({ curve }) =>
    curve.map(({ n, accuracy }) => `${n}: ${renderPercent(accuracy, 1)}`).join(", "),
  ),
];
