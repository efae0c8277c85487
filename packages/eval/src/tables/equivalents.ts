import { createRandom, dash, renderWhole, sources } from "@seedling/core/internal";
import { group } from "d3-array";
import { equivalentSize } from "../statistics/equivalent-size.ts";
import { chooseRows, type MeasuredCell, sortBy } from "./cells.ts";
import { left, percent, right, type TableForm } from "./column.ts";
import { computeGroup, describeControl, isPart, isSelected } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent } from "./numbers.ts";
import { labelColumns } from "./row-texts.ts";
import type { CellRow } from "./rows.ts";

/** The human-equivalent N of a created set: how many human examples give the same accuracy. */
export type Equivalent = ReturnType<typeof computeEquivalent>;

const draws = 10_000;

/**
 * Finds the human-equivalent N of each created row, by the accuracy of human rows of several sizes: random
 * subsets and the whole. A prefix of a file that is not shuffled is no sample, and not taken. Groups with
 * fewer than two human sizes have no curve.
 * @param rows of which the created ones are asked about
 * @param cells all of them, those trained on a part included
 */
export function computeEquivalents(
  rows: readonly CellRow[],
  cells: readonly MeasuredCell[],
): Equivalent[] {
  const human = cells.filter((one) => sources[one.cell.source].isHuman && isRandom(one));
  const groups = group(human, ({ cell }) => computeGroup(cell));
  return rows.flatMap((row) => {
    const { trains, isHuman } = sources[row.cell.source];
    const sizes = chooseRows(groups.get(row.group) ?? [], ({ cell }) => String(cell.train.n));
    if (row.control !== null || !trains || isHuman || sizes.length < 2) return [];
    const curve = sortBy(sizes, ({ cell }) => [cell.train.n]);
    return [computeEquivalent(row, curve)];
  });
}

function isRandom({ cell }: MeasuredCell): boolean {
  const whole = !isPart(cell) || cell.conditions.fractionBy === "random";
  return whole && !isSelected(cell) && describeControl(cell) === null;
}

/** @param sizes the human curve, by n */
function computeEquivalent({ cell, labels }: CellRow, sizes: readonly MeasuredCell[]) {
  const measure = ({ accuracy, standardError }: CellRow["cell"]) => ({
    value: accuracy,
    standardError,
  });
  const size = equivalentSize(
    sizes.map(({ cell }) => ({ n: cell.train.n, ...measure(cell) })),
    measure(cell),
    { draws, random: createRandom("equivalent size", cell.id) },
  );
  const curve = sizes.map(({ cell: { train, accuracy, interval, seeds, id } }) => ({
    n: train.n,
    accuracy,
    interval,
    seeds,
    cell: id,
  }));
  const determined = typeof size !== "string";
  return {
    task: cell.task,
    test: cell.test.task,
    labels,
    cell: cell.id,
    createdN: cell.train.n,
    accuracy: cell.accuracy,
    sample: isSample(cell),
    /** The human curve, by n. */
    curve,
    /** "below", "above": outside the sizes measured. All three null: not determined. */
    ...(determined ? size : { n: null, low: null, high: null }),
    /** `about 240 human examples (95 %: 120 to 510)`, or why it is not determined. */
    sentence: determined
      ? renderSize(size, curve)
      : `not determined: ${explain[size](curve, cell.accuracy)}`,
  };
}

type Size = Exclude<ReturnType<typeof equivalentSize>, string>;
type Curve = readonly { n: number; accuracy: number }[];

function renderSize({ n, low, high }: Size, curve: Curve): string {
  const name = (size: Size["n"]) => {
    if (size === "below") return `< ${renderWhole(curve[0]?.n ?? 0)}`;
    if (size === "above") return `> ${renderWhole(curve.at(-1)?.n ?? 0)}`;
    return renderWhole(size);
  };
  const size = typeof n === "number" ? `about ${name(n)}` : name(n);
  return `${size} human examples (95 %: ${name(low)} to ${name(high)})`;
}

/** Why a curve does not tell the size that gives an accuracy. */
const explain = {
  "no rise": (curve: Curve) => {
    const [first, last] = [curve[0], curve.at(-1)];
    const falls = first && last && last.accuracy <= first.accuracy;
    const what = falls ? "does not rise" : "is not shown to rise";
    return `the human curve ${what}: ${renderPoint(first)}, ${renderPoint(last)}`;
  },
  "falls again": (curve: Curve, accuracy: number) => {
    const reached = curve.find((point) => point.accuracy >= accuracy);
    return `the human curve reaches ${renderPoint(reached)} and falls again, ${renderPoint(curve.at(-1))}`;
  },
  "no limit": (curve: Curve) =>
    `the interval holds every size from ${renderWhole(curve[0]?.n ?? 0)} to ${renderWhole(curve.at(-1)?.n ?? 0)}`,
};

function renderPoint(point: Curve[number] | undefined): string {
  return point ? `${renderFixedPercent(point.accuracy, 1)} % at ${renderWhole(point.n)}` : dash;
}

export const equivalentTable: TableForm<Equivalent> = {
  title: "How many human examples is a created set worth?",
  columns: [
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
  ],
  empty:
    "No curve yet: human rows of two sizes or more, by --examples or --fraction with --fraction-by random.",
  notes: [
    "Human-equivalent N: the size at which the human curve (made monotone, linear in log N) reaches the created accuracy; interval by draws of both. Outside the sizes measured: <, >.",
  ],
};
