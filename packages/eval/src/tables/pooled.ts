import { hashValue, mean } from "@seedling/core/internal";
import { group } from "d3-array";
import { poolDifferences } from "../statistics/pooled.ts";
import { minimumDetectable } from "../statistics/student-t.ts";
import { chooseRows, sortBy } from "./cells.ts";
import {
  interval,
  left,
  long,
  number,
  percent,
  right,
  type Table,
  type TableColumn,
} from "./column.ts";
import { renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderP, renderPoints } from "./numbers.ts";
import { sourceColumn } from "./row-texts.ts";
import { type CellRow, isCreatedRow, listHumanDifferences, type RowDifference } from "./rows.ts";

export type Pooled = ReturnType<typeof poolPairs>;

type Pair = CellRow & { difference: RowDifference };

/**
 * Are created data better than human data out of domain, the paper's claim? All cross-domain pairs
 * together, as random effects; for each setting, classifier, creator, size and kind of human row one answer,
 * tree first, and of these the ones at equal sizes. Each pair counts once.
 */
export function answerOutOfDomain(rows: readonly CellRow[]): Pooled[] {
  const pairs = rows
    .filter(({ cell }) => cell.test.kind === "cross-domain")
    .filter(isCreatedRow)
    .flatMap((row) => listHumanDifferences(row).map((difference) => ({ ...row, difference })));
  const answers = [...group(pairs, hashQuestion).values()].map((asked) =>
    poolPairs(chooseRows(asked, nameTasks)),
  );
  return sortBy(answers, ({ sample, source, size, against, pairs: { length } }) => [
    sample,
    source !== "tree",
    -length,
    size !== null && against === "human",
  ]);
}

/** What is pooled: rows of one source, creator, classifier and set of flags, against one kind of human row. */
function hashQuestion(pair: Pair): string {
  const { source, completions, conditions, student, dev } = pair.cell;
  const like = [source, completions, conditions, student, dev, isSample(pair.cell)];
  return hashValue([...like, pair.difference.against.label, findSize(pair)]);
}

/** Examples asked for; null at full size, which differs from task to task (a tenth may be held out). */
function findSize({ cell, difference }: Pair): number | null {
  const { label, n } = difference.against;
  return label === "human" && cell.train.target >= 0.9 * n ? null : cell.train.target;
}

/** The pair of tasks; of own folders that share a name, by what is in them. */
function nameTasks({ cell: { task, data, test } }: Pair): string {
  return JSON.stringify([task, data.mark ?? null, test.task, test.data.mark ?? null]);
}

function poolPairs(pairs: readonly Pair[]) {
  const [first] = pairs as [Pair];
  const { labels, cell, difference } = first;
  const pooled = poolDifferences(pairs.map(({ difference: { estimate } }) => estimate));
  return {
    source: labels.source,
    student: labels.student,
    flags: renderTrainFlags(cell),
    /** Created examples asked for of each task; null: as many as its train split has. */
    size: findSize(first),
    against: difference.against.label,
    sample: isSample(cell),
    /** Created minus human of each pair, each pair once. */
    pairs: pairs.map(({ cell, difference: { estimate } }) => ({
      task: cell.task,
      test: cell.test.task,
      difference: estimate.value,
      standardError: estimate.standardError,
    })),
    mean: pooled.mean,
    low: pooled.low,
    high: pooled.high,
    p: pooled.p,
    /** Between pairs; 0 for one pair. */
    tau2: pooled.tau2,
    /** The whole answer in one plain sentence. */
    sentence: renderSentence(first, pairs, pooled),
  };
}

function renderSentence(
  first: Pair,
  pairs: readonly Pair[],
  pooled: ReturnType<typeof poolDifferences>,
): string {
  const { cell, labels, difference } = first;
  const { low, high, p } = pooled;
  const size = findSize(first);
  const data = `${labels.source} data${size === null ? "" : ` (N ${size})`}`;
  const isOpen = low <= 0 && high >= 0;
  const answer = isOpen ? "not shown to differ from" : low > 0 ? "better than" : "worse than";
  return [
    isSample(cell) && "SAMPLE, nothing about the benchmarks: ",
    `Out of domain, ${data} are ${answer} human data`,
    difference.against.label !== "human" && " of the same N",
    ` over ${pairs.length === 1 ? "the one pair evaluated" : `${pairs.length} task pairs`}`,
    ` (${renderPoints(pooled.mean)} points, 95 % ${renderPoints(low)} to ${renderPoints(high)}, p ${renderP(p)})`,
    isOpen && `; ${describePower(minimumDetectable(pooled), pairs)}`,
    `. Creator ${cell.completions?.model}, student ${labels.student}.`,
  ]
    .filter(Boolean)
    .join("");
}

/** What could have been found, where nothing was; beside the mean of the paper's differences over the same pairs. */
function describePower(detectable: number, pairs: readonly Pair[]): string {
  if (detectable >= 1) return "underpowered: with so few pairs any difference would be missed";
  const least = `a true difference below ${renderPoints(detectable).slice(1)} points would probably have been missed`;
  const known = pairs.flatMap(({ cell, difference: { paper } }) =>
    paper === null || isSample(cell) ? [] : paper,
  );
  if (known.length < pairs.length) return least;
  const paper = mean(known);
  const under = detectable > Math.abs(paper) ? "underpowered: " : "";
  return `${under}${least}, and the paper's own is ${renderPoints(paper)}`;
}

/** The answers out of domain as a table, and each as a sentence. */
export function createPooledTable(rows: readonly Pooled[]): Table<Pooled> {
  return {
    title: "Are created data better than human data out of domain?",
    columns: [
      ...createPooledColumns<Pooled>((one) => one, {
        counted: right("pairs", "Pairs", ({ pairs }) => pairs.length),
      }),
      percent("sd_between_points", "SD between pairs", ({ tau2 }) => Math.sqrt(tau2), 1),
    ],
    rows,
    empty: "No pair yet: a created and a human row of one classifier on one cross-domain test set.",
    notes: [
      ...rows.map(({ sentence }) => sentence),
      "Random effects over pairs of tasks (Paule and Mandel, Hartung-Knapp interval); pairs that share a test set count as independent.",
    ],
  };
}

/**
 * What was compared, and a pooled difference with its interval and its p.
 * @param counted what it was pooled over
 */
export function createPooledColumns<
  Row extends Pick<Pooled, "source" | "sample" | "size" | "against" | "student" | "flags">,
>(
  of: (row: Row) => Pick<Pooled, "mean" | "low" | "high" | "p">,
  { creator, counted }: { creator?: TableColumn<Row>; counted: TableColumn<Row> },
): TableColumn<Row>[] {
  return [
    sourceColumn(({ source }) => source),
    right("created_n", "Created N", ({ size }) => size ?? "full"),
    left("against", "Against", ({ against }) => against),
    ...(creator ? [creator] : []),
    long("student", "Classifier", ({ student }) => student),
    long("flags", "Flags", ({ flags }) => flags),
    counted,
    number("points", "Points", (row) => of(row).mean, renderPoints, { scale: 100 }),
    ...interval<Row>("interval", "points", "95% interval", of),
    number("p", "p", (row) => of(row).p, renderP),
  ];
}
