import { hashValue } from "@seedling/core";
import { groupBy } from "../../group-by.ts";
import { poolDifferences } from "../../statistics/pooled.ts";
import { chooseRows } from "../../tables/choose-row.ts";
import { toCreateFlags, toGroupLabel } from "../../tables/groups.ts";
import { isSample } from "../../tables/labels.ts";
import { toSize } from "../../tables/pooled.ts";
import { isCreatedRow } from "../../tables/to-rows.ts";
import type { CellRow, Difference, View } from "../../tables/view.ts";
import { pickCellRows, toHumanDifference } from "../cell-rows.ts";
import type { Known } from "./answer.ts";

/** A created row beside its human row. */
export interface Compared {
  row: CellRow;
  difference: Difference;
}

/** Created rows of one model, student and set of flags, and what they answer. */
export interface Headline {
  compared: Compared[];
  known: Known;
  student: string;
  model: string;
  flags: string;
}

/** In which order settings answer: the paper's own first. */
const order = ["tree", "diverse", "similar", "random", "naive"];

/**
 * Every set of created rows that a human row stands beside in-domain, each with its answer: real data
 * before the sample, the one over most tasks first, of these the ones at the same N.
 */
export function toHeadlines({ tables }: View): Headline[] {
  const compared = [...pickCellRows(tables[3]), ...pickCellRows(tables[4])]
    .filter(isCreatedRow)
    .flatMap((row): Compared[] => {
      const difference = toHumanDifference(row);
      return difference ? [{ row, difference }] : [];
    });
  const groups = [...groupBy(compared, toConditions).values()];
  const headlines = groups.flatMap((group) => toHeadline(group) ?? []);
  const rank = ({ known: { sample, tasks, against } }: Headline) =>
    (sample ? 1e6 : 0) - tasks + (against === "same N" ? 0 : 0.5);
  return headlines.sort((a, b) => rank(a) - rank(b));
}

/** What the rows of one answer have in common. */
function toConditions(compared: Compared): string {
  const { row, difference } = compared;
  const { cell, labels } = row;
  const { completions, dev } = cell;
  const flags = [toGroupLabel(cell), toCreateFlags(cell)];
  const size = [isSameSize(compared), toSize({ cell, difference })];
  return hashValue([labels.student, completions, dev.source, flags, size, isSample(cell)]);
}

function toHeadline(compared: Compared[]): Headline | null {
  const inDomain = compared.filter(({ row }) => row.cell.test.kind === "in-domain");
  const source = order.find((one) => inDomain.some(({ row }) => row.role === one));
  const answering = chooseRows(
    inDomain
      .filter(({ row }) => row.role === source)
      .map((one) => ({ ...one, cell: one.row.cell })),
    ({ cell }) => JSON.stringify([cell.task, cell.data.mark ?? null]),
  );
  const [first] = answering;
  if (!first || !source) return null;
  const { cell, labels } = first.row;
  const pooled = poolDifferences(
    answering.map(({ difference: { estimate } }) => ({ ...estimate, difference: estimate.value })),
  );
  return {
    compared,
    student: labels.student,
    model: cell.completions?.model ?? "",
    flags: labels.flags,
    known: {
      mean: pooled.mean,
      low: pooled.low,
      high: pooled.high,
      tasks: answering.length,
      source,
      against: answering.every(isSameSize) ? "same N" : "full",
      sample: isSample(cell),
    },
  };
}

function isSameSize({ row, difference }: Compared): boolean {
  return row.cell.train.n === difference.against.n;
}
