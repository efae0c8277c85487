import { dash, hashValue, sourceNames } from "@seedling/core/internal";
import { group } from "d3-array";
import { type Cell, getTaskKey, sortBy } from "./cells.ts";
import {
  field,
  interval,
  left,
  long,
  percent,
  right,
  type Table,
  type TableColumn,
} from "./column.ts";
import { computeGroup, describeControl, isPart } from "./groups.ts";
import { areOwn, describeRow, isSample } from "./labels.ts";
import { figure5Task, publishedShares } from "./published.ts";
import { labelColumns } from "./row-texts.ts";

export type Figure5 = ReturnType<typeof computeFigure5>;

/** Runs that differ only in the fraction trained on. */
export type Figure5Series = ReturnType<typeof createSeries>;

/**
 * Accuracy by the share of the training data: cells that differ only in the fraction trained on. The
 * whole set is a point of every line that it belongs to.
 */
export function computeFigure5(cells: readonly Cell[]) {
  const own = areOwn(cells);
  const parts = cells.filter(isPart);
  const lines = group(parts, (one) => hashValue([hashLine(one), getFractionBy(one)]));
  const series = [...lines.values()].flatMap(splitBySize).map((line) => {
    const [first] = line as [Cell];
    const whole = cells.filter(
      (one) => !isPart(one) && hashLine(one) === hashLine(first) && isLike(one, first),
    );
    return createSeries(first, [...line, ...whole]);
  });
  return {
    title: `${own ? "" : "Figure 5. "}Accuracy by the share of the training data`,
    series: sortBy(series, ({ task, test, source, labels, sample, fractionBy, points }) => [
      ...getTaskKey(task),
      ...getTaskKey(test),
      sample,
      labels.student,
      labels.flags,
      sourceNames.indexOf(source),
      labels.origin,
      fractionBy,
      points.at(-1)?.n ?? 0,
    ]),
    notes: [
      ...(series.length > 0 ? [describeParts(own)] : []),
      ...(series.some(({ paper }) => paper.length > 0) ? [paperNote] : []),
    ],
  };
}

function describeParts(own: boolean): string {
  return `Each line: runs that differ only in --fraction. prefix: the first examples of the set${own ? "" : ", as in the paper"}; random: drawn with the train seed.`;
}
const paperNote =
  "Paper: digitised from the plot, about 0.5 points either way; RiddleSense only. Its human line ends at 54.5, Table 3 has 56.48 for the same data.";

/** What the points of a line have in common. */
function hashLine(cell: Cell): string {
  const { source, completions, conditions, train } = cell;
  const { fraction: _, fractionBy: __, ...flags } = conditions;
  const like = [computeGroup(cell), describeControl(cell), source, completions, train.human];
  return hashValue([...like, flags]);
}

/** A line for each size of the whole set, as with two values of --examples. */
function splitBySize(line: readonly Cell[]): Cell[][] {
  const lines: Cell[][] = [];
  for (const one of sortBy(line, (cell) => [computeWholeSize(cell)])) {
    const last = lines.at(-1);
    if (last?.[0] && isLike(last[0], one)) last.push(one);
    else lines.push([one]);
  }
  return lines;
}

/** Whether two sets are of one size, but for rounding: a tenth of 44 is 4. */
function isLike(a: Cell, b: Cell): boolean {
  const [one, other] = [computeWholeSize(a), computeWholeSize(b)];
  return Math.max(one, other) <= 1.25 * Math.min(one, other);
}

/** Examples of the whole set that a cell was trained on a part of. */
function computeWholeSize(cell: Cell): number {
  return cell.train.target / getFraction(cell);
}

function getFraction({ conditions }: Cell): number {
  return conditions.fraction === undefined ? 1 : Number(conditions.fraction);
}

/** prefix: the first examples; random: drawn with the train seed. */
function getFractionBy({ conditions }: Cell) {
  return conditions.fractionBy === "random" ? "random" : "prefix";
}

function createSeries(first: Cell, line: readonly Cell[]) {
  const { task, test, source, conditions } = first;
  const { fraction: _, ...flags } = conditions;
  const published = task === figure5Task && test.kind === "in-domain";
  const points = line.map((cell) => ({
    fraction: getFraction(cell),
    n: cell.train.n,
    seeds: cell.seeds,
    accuracy: cell.accuracy,
    interval: cell.interval,
    cell: cell.id,
    runs: cell.runs.map(({ path }) => path),
  }));
  return {
    task,
    test: test.task,
    source,
    labels: describeRow({ ...first, conditions: flags }, source, describeControl(first)),
    sample: isSample(first),
    fractionBy: getFractionBy(first),
    points: sortBy(points, ({ fraction, n }) => [fraction, n]),
    /** The paper's line for this source, on RiddleSense in-domain; [fraction, percent]. */
    paper: published ? publishedShares(source) : [],
  };
}

export function createFigure5Table({ title, series, notes }: Figure5): Table<SeriesPoint> {
  const rows = series.flatMap((one) => one.points.map((point) => ({ ...one, point })));
  return { title, columns: figure5Columns, rows, empty: "No runs with --fraction yet.", notes };
}

type SeriesPoint = Figure5Series & { point: Figure5Series["points"][number] };

const figure5Columns: readonly TableColumn<SeriesPoint>[] = [
  ...labelColumns,
  long("flags", "Flags", ({ labels }) => labels.flags),
  long("origin", "Data and creator", ({ labels }) => labels.origin),
  field("sample", ({ sample }) => sample),
  left("fraction_by", "Part", ({ fractionBy }) => fractionBy),
  right("fraction", "Fraction", ({ point }) => point.fraction),
  right("train_n", "N", ({ point }) => point.n),
  right("seeds", "Seeds", ({ point }) => point.seeds),
  percent("accuracy_percent", "Accuracy %", ({ point }) => point.accuracy),
  ...interval<SeriesPoint>("interval", "percent", "95% interval", ({ point }) => point.interval),
  right("paper_percent", "Paper %", findPaperPercent, (row) => {
    const printed = findPaperPercent(row)?.toFixed(1) ?? dash;
    return row.sample && printed !== dash ? `(${printed})` : printed;
  }),
  field("runs", ({ point }) => point.runs.join(" ")),
];

function findPaperPercent({ paper, point }: SeriesPoint): number | undefined {
  return paper.find(([fraction]) => Math.abs(fraction - point.fraction) < 1e-9)?.[1];
}
