import { hashValue, mean } from "@seedling/core";
import { groupBy } from "../group-by.ts";
import { type PooledDifference, poolDifferences } from "../statistics/pooled.ts";
import { minimumDetectable } from "../statistics/power.ts";
import { tQuantile } from "../statistics/student-t.ts";
import { toGroupLabel } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderP, renderPoints } from "./render-figures.ts";
import { isCreatedRow } from "./to-rows.ts";
import type { CellRow, Difference, Pooled, Table } from "./view.ts";

/** A pair of tasks with its difference. */
interface Pair {
  row: CellRow;
  difference: Difference;
}

/**
 * Are created data better than human data out of domain, the paper's claim? All cross-domain pairs
 * together, as random effects; for each setting, student, creator and kind of human row one answer, tree first.
 */
export function toPooled({ rows }: Table): Pooled[] {
  const pairs = rows.flatMap((row) =>
    row.kind === "cell" && isCreatedRow(row)
      ? row.toHuman.map((difference): Pair => ({ row, difference }))
      : [],
  );
  const groups = [...groupBy(pairs, toQuestion).values()].map(toAnswer);
  const rank = ({ sample, source, pairs: { length } }: Pooled) =>
    (sample ? 1e6 : 0) + (source === "tree" ? 0 : 1e3) - length;
  return groups.sort((a, b) => rank(a) - rank(b));
}

/** What is pooled: rows of one source, creator, student and set of flags, against one kind of human row. */
function toQuestion({ row, difference }: Pair): string {
  const { source, completions, conditions, student, dev, train } = row.cell;
  const { label } = difference.against;
  // Sets at full size differ in N from task to task; those of --examples do not.
  const size = label === "human, same N" ? train.target : null;
  return hashValue([
    source,
    completions,
    conditions,
    student,
    dev,
    isSample(row.cell),
    label,
    size,
  ]);
}

function toAnswer(pairs: readonly Pair[]): Pooled {
  const [{ row, difference: one }] = pairs as [Pair];
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
    flags: toGroupLabel(row.cell),
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
    sentence: toSentence(row, one, pairs, pooled),
  };
}

function toSentence(
  { labels, cell }: CellRow,
  { against }: Difference,
  pairs: readonly Pair[],
  pooled: PooledDifference,
): string {
  const { low, high, p, df } = pooled;
  const over = pairs.length === 1 ? "the one pair at hand" : `${pairs.length} task pairs`;
  const answer = low > 0 ? "better than" : high < 0 ? "worse than" : "not shown to differ from";
  const standardError = (high - low) / 2 / tQuantile(0.975, df);
  const detectable = minimumDetectable({ standardError, df });
  const figures = `${renderPoints(pooled.mean)} points, 95 % ${renderPoints(low)} to ${renderPoints(high)}, p ${renderP(p)}`;
  return [
    isSample(cell) ? "SAMPLE, nothing about the benchmarks: " : "",
    `Out of domain, ${labels.source} data are ${answer} ${toHumanWords(against.label)} over ${over}`,
    ` (${figures})`,
    low <= 0 && high >= 0
      ? `; ${describePower(detectable, isSample(cell) ? null : toPaperMean(pairs))}`
      : "",
    `. Creator ${cell.completions?.model}, student ${labels.student}.`,
  ].join("");
}

function toHumanWords(label: string): string {
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
function toPaperMean(pairs: readonly Pair[]): number | null {
  const known = pairs.flatMap(({ difference }) => difference.paper ?? []);
  return known.length === pairs.length ? mean(known) : null;
}
