import { createRandom, dash, type Interval, renderWhole, sources } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import {
  type EquivalentSize,
  equivalentSize,
  type Undetermined,
} from "../statistics/equivalent-size.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import type { MeasuredCell } from "./cells.ts";
import { left, percent, right, type Table, type TableColumn } from "./column.ts";
import { computeGroup, describeControl, isPart } from "./groups.ts";
import { isSample, type RowLabels } from "./labels.ts";
import { renderFixedPercent } from "./numbers.ts";
import { chooseRows } from "./order.ts";
import { labelColumns } from "./row-texts.ts";

/** The human-equivalent N of a created set: how many human examples give the same accuracy. */
export interface Equivalent {
  task: string;
  test: string;
  labels: RowLabels;
  /** The created row. */
  cell: string;
  createdN: number;
  accuracy: number;
  sample: boolean;
  /** The human curve, by n. */
  curve: { n: number; accuracy: number; interval: Interval; seeds: number; cell: string }[];
  /** "below", "above": outside the sizes measured. All three null: not determined. */
  n: number | "below" | "above" | null;
  low: number | "below" | null;
  high: number | "above" | null;
  /** `about 240 human examples (95 %: 120 to 510)`, or why it is not determined. */
  sentence: string;
}

const draws = 10_000;

/**
 * Finds the human-equivalent N of each created row, by the accuracy of human rows of several sizes: random
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
      const curve = chooseCurve(curves.get(row.group) ?? []);
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
function chooseCurve(cells: readonly MeasuredCell[]): MeasuredCell[] {
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
  ...labelColumns,
  right("created_n", "Created N", ({ createdN }) => createdN),
  percent("accuracy_percent", "Accuracy %", ({ accuracy }) => accuracy),
  left(
    "equivalent_n",
    "Human-equivalent N",
    ({ n }) => n,
    ({ sentence }) => sentence,
  ),
  left("human_curve", "Human curve, N: %", ({ curve }) =>
    curve.map(({ n, accuracy }) => `${n}: ${renderFixedPercent(accuracy, 1)}`).join(", "),
  ),
];

/** A point of the human curve. */
type Point = Pick<Equivalent["curve"][number], "n" | "accuracy">;

/**
 * The human-equivalent N in words, or why it is not determined.
 * @param accuracy the created row's, a fraction
 * @param curve by size
 */
export function renderEquivalent(
  size: EquivalentSize | Undetermined,
  accuracy: number,
  curve: readonly Point[],
): string {
  return typeof size === "string"
    ? `not determined: ${renderWhy(size, accuracy, curve)}`
    : renderSize(size, curve);
}

function renderSize({ n, low, high }: EquivalentSize, curve: readonly Point[]): string {
  const name = (size: number | "below" | "above") => {
    if (size === "below") return `< ${renderWhole(curve[0]?.n ?? 0)}`;
    if (size === "above") return `> ${renderWhole(curve.at(-1)?.n ?? 0)}`;
    return renderWhole(size);
  };
  const size = typeof n === "number" ? `about ${name(n)}` : name(n);
  return `${size} human examples (95 %: ${name(low)} to ${name(high)})`;
}

function renderWhy(why: Undetermined, accuracy: number, curve: readonly Point[]): string {
  const [first, last] = [curve[0], curve.at(-1)];
  switch (why) {
    case "no rise": {
      const falls = first && last && last.accuracy <= first.accuracy;
      const what = falls ? "does not rise" : "is not shown to rise";
      return `the human curve ${what}: ${renderPoint(first)}, ${renderPoint(last)}`;
    }
    case "falls again": {
      const reached = curve.find((point) => point.accuracy >= accuracy);
      return `the human curve reaches ${renderPoint(reached)} and falls again, ${renderPoint(last)}`;
    }
    case "no limit":
      return `the interval holds every size from ${renderWhole(first?.n ?? 0)} to ${renderWhole(last?.n ?? 0)}`;
  }
}

function renderPoint(point: Point | undefined): string {
  return point ? `${renderFixedPercent(point.accuracy, 1)} % at ${renderWhole(point.n)}` : dash;
}
