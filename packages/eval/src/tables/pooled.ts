import { hashValue, mean } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import { type PooledDifference, poolDifferences } from "../statistics/pooled.ts";
import { minimumDetectable, tQuantile } from "../statistics/student-t.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import {
  interval,
  left,
  long,
  percent,
  points,
  right,
  type Table,
  type TableColumn,
} from "./column.ts";
import { renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderP, renderPoints, roundDigits } from "./numbers.ts";
import { chooseRows } from "./order.ts";
import type { CellRow, RowDifference } from "./row.ts";
import { isCreatedRow, listHumanDifferences } from "./rows.ts";

/** One answer over all cross-domain pairs. */
export interface Pooled {
  source: string;
  student: string;
  flags: string;
  /** Created examples asked for of each task; null: as many as its train split has. */
  size: number | null;
  against: string;
  sample: boolean;
  /** Created minus human of each pair, each pair once. */
  pairs: { task: string; test: string; difference: number; standardError: number }[];
  mean: number;
  low: number;
  high: number;
  p: number;
  /** Between pairs; 0 for one pair. */
  tau2: number;
  /** The whole answer in one plain sentence. */
  sentence: string;
}

/** A pair of tasks with its difference. */
interface Pair {
  row: CellRow;
  cell: CellRow["cell"];
  difference: RowDifference;
}

/**
 * Are created data better than human data out of domain, the paper's claim? All cross-domain pairs
 * together, as random effects; for each setting, classifier, creator, size and kind of human row one answer,
 * tree first, and of these the ones at equal sizes. Each pair counts once.
 */
export function answerOutOfDomain({ rows }: AccuracyTable): Pooled[] {
  const pairs = rows.flatMap((row) =>
    row.kind === "cell" && isCreatedRow(row)
      ? listHumanDifferences(row).map((difference): Pair => ({ row, cell: row.cell, difference }))
      : [],
  );
  const groups = [...groupBy(pairs, hashQuestion).values()].map((asked) =>
    poolPairs(chooseRows(asked, nameTasks)),
  );
  const rank = ({ sample, source, size, against, pairs: { length } }: Pooled) => {
    const unequal = size !== null && against === "human";
    return (sample ? 1e6 : 0) + (source === "tree" ? 0 : 1e3) - length + (unequal ? 0.5 : 0);
  };
  return groups.sort((a, b) => rank(a) - rank(b));
}

/** What is pooled: rows of one source, creator, classifier and set of flags, against one kind of human row. */
function hashQuestion(pair: Pair): string {
  const { source, completions, conditions, student, dev } = pair.cell;
  return hashValue([
    source,
    completions,
    conditions,
    student,
    dev,
    isSample(pair.cell),
    pair.difference.against.label,
    findSize(pair),
  ]);
}

/** Examples asked for; null at full size, which differs from task to task (a tenth may be held out). */
function findSize({ cell, difference }: Pick<Pair, "cell" | "difference">): number | null {
  const { label, n } = difference.against;
  return label === "human" && cell.train.target >= 0.9 * n ? null : cell.train.target;
}

/** The pair of tasks; of own folders that share a name, by what is in them. */
function nameTasks({ cell: { task, data, test } }: Pair): string {
  return JSON.stringify([task, data.mark ?? null, test.task, test.data.mark ?? null]);
}

function poolPairs(pairs: readonly Pair[]): Pooled {
  const [first] = pairs as [Pair];
  const { row, difference: one } = first;
  const pooled = poolDifferences(
    pairs.map(({ difference: { estimate } }) => ({
      difference: estimate.value,
      standardError: estimate.standardError,
      df: estimate.df,
    })),
  );
  const sample = isSample(row.cell);
  return {
    source: row.labels.source,
    student: row.labels.student,
    flags: renderTrainFlags(row.cell),
    size: findSize(first),
    against: one.against.label,
    sample,
    pairs: pairs.map(({ row: { cell }, difference: { estimate } }) => ({
      task: cell.task,
      test: cell.test.task,
      difference: estimate.value,
      standardError: estimate.standardError,
    })),
    mean: pooled.mean,
    low: pooled.low,
    high: pooled.high,
    p: pooled.p,
    tau2: pooled.tau2,
    sentence: renderSentence(first, pairs, pooled),
  };
}

function renderSentence(first: Pair, pairs: readonly Pair[], pooled: PooledDifference): string {
  const { cell, row, difference } = first;
  const { labels } = row;
  const size = findSize(first);
  const data = `${labels.source} data${size === null ? "" : ` (N ${size})`}`;
  const { low, high, p, df } = pooled;
  const over = pairs.length === 1 ? "the one pair evaluated" : `${pairs.length} task pairs`;
  const answer = low > 0 ? "better than" : high < 0 ? "worse than" : "not shown to differ from";
  const standardError = (high - low) / 2 / tQuantile(0.975, df);
  const detectable = minimumDetectable({ standardError, df });
  const numbers = `${renderPoints(pooled.mean)} points, 95 % ${renderPoints(low)} to ${renderPoints(high)}, p ${renderP(p)}`;
  return [
    isSample(cell) ? "SAMPLE, nothing about the benchmarks: " : "",
    `Out of domain, ${data} are ${answer} ${renderHumanData(difference.against.label)} over ${over}`,
    ` (${numbers})`,
    low <= 0 && high >= 0
      ? `; ${describePower(detectable, isSample(cell) ? null : averagePaper(pairs))}`
      : "",
    `. Creator ${cell.completions?.model}, student ${labels.student}.`,
  ].join("");
}

function renderHumanData(label: string): string {
  return label === "human" ? "human data" : "human data of the same N";
}

/** What could have been found, where nothing was. */
function describePower(detectable: number, paper: number | null): string {
  if (detectable >= 1) return "underpowered: with so few pairs any difference would be missed";
  const least = `a true difference below ${renderPoints(detectable).slice(1)} points would probably have been missed`;
  if (paper === null) return least;
  const under = detectable > Math.abs(paper) ? "underpowered: " : "";
  return `${under}${least}, and the paper's own is ${renderPoints(paper)}`;
}

/** The mean of the paper's differences over the same pairs; null where it lacks one. */
function averagePaper(pairs: readonly Pair[]): number | null {
  const known = pairs.flatMap(({ difference }) => difference.paper ?? []);
  return known.length === pairs.length ? mean(known) : null;
}

/** The answers out of domain as a table, and each as a sentence. */
export function createPooledTable(pooled: readonly Pooled[]): Table<Pooled> {
  const rule =
    "Random effects over pairs of tasks (Paule and Mandel, Hartung-Knapp interval); pairs that share a test set count as independent.";
  return {
    title: "Are created data better than human data out of domain?",
    columns: pooledColumns,
    rows: pooled,
    empty: "No pair yet: a created and a human row of one classifier on one cross-domain test set.",
    notes: pooled.length > 0 ? [...pooled.map(({ sentence }) => sentence), rule] : [],
  };
}

const pooledColumns: readonly TableColumn<Pooled>[] = [
  left(
    "source",
    "Source",
    ({ source }) => source,
    ({ source, sample }) => `${source}${sample ? " SAMPLE" : ""}`,
  ),
  right("created_n", "Created N", ({ size }) => size ?? "full"),
  left("against", "Against", ({ against }) => against),
  long("student", "Classifier", ({ student }) => student),
  long("flags", "Flags", ({ flags }) => flags),
  right("pairs", "Pairs", ({ pairs }) => pairs.length),
  ...differenceColumns<Pooled>((one) => one),
  percent("sd_between_points", "SD between pairs", ({ tau2 }) => Math.sqrt(tau2), 1),
];

/** A pooled difference, its interval and its p. */
export function differenceColumns<Row>(
  of: (row: Row) => Pick<Pooled, "mean" | "low" | "high" | "p">,
): TableColumn<Row>[] {
  return [
    points("points", "Points", (row) => of(row).mean),
    ...interval<Row>("interval", "points", "95% interval", of),
    right(
      "p",
      "p",
      (row) => roundDigits(of(row).p),
      (row) => renderP(of(row).p),
    ),
  ];
}
