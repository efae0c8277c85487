import {
  type CreatedSetting,
  createdSettings,
  hashValue,
  isCreated,
} from "@seedling/core/internal";
import { estimateDifference, predictFurtherRun } from "../statistics/estimate.ts";
import { holm, mcnemarExact, pairedPermutation } from "../statistics/hypothesis-tests.ts";
import { minimumDetectable } from "../statistics/student-t.ts";
import { judgeClaim } from "../verdicts/judge-claim.ts";
import { judgeFigure } from "../verdicts/judge-figure.ts";
import type { MeasuredCell } from "./cells.ts";
import { type GroupedCell, type HumanCell, pickCreateFlags } from "./groups.ts";
import { describeRow, isSample, listDeviations } from "./labels.ts";
import { chooseRow } from "./order.ts";
import { isConstant, publishedDifference, publishedFigure, type TableNumber } from "./published.ts";
import type { CellRow, PaperFigure, RowDifference, ToHuman } from "./row.ts";

/** The rows of one table, each compared with the human rows, and trees with the other settings. */
export function computeRows(table: TableNumber, cells: readonly GroupedCell[]): CellRow[] {
  const rows = cells.map((placed): CellRow => {
    const { cell, group, role, control } = placed;
    return {
      kind: "cell",
      cell,
      group,
      role,
      labels: describeRow(cell, role, control),
      control,
      toHuman: compareWithHumans(table, placed),
      toSettings: compareWithSettings(table, placed, cells),
      paper: control === null ? comparePaper(table, placed) : null,
      differs: isSample(cell) ? [] : listDeviations(cell),
      footnotes: [],
    };
  });
  return adjust(rows);
}

function compareWithHumans(table: TableNumber, placed: GroupedCell): ToHuman {
  const { cell, humans } = placed;
  const paper = cell.train.human > 0 ? null : paperDifference(table, placed, "human");
  const compare = (other: HumanCell | null) =>
    other && compareCells(placed, other.human, other.label, paper);
  const { sameN, largest, largestIsFull } = humans;
  return { sameN: compare(sameN), largest: compare(largest), largestIsFull };
}

/** Of a tree: to every other created setting of the same creator, flags and size, at the same N if there is one. */
function compareWithSettings(
  table: TableNumber,
  placed: GroupedCell,
  cells: readonly GroupedCell[],
): RowDifference[] {
  if (placed.cell.source !== "tree" || placed.control !== null) return [];
  const like = hashLikeness(placed);
  return createdSettings
    .filter((setting) => setting !== "tree")
    .flatMap((setting) => {
      const others = cells.filter(
        (one) => one.cell.source === setting && hashLikeness(one) === like,
      );
      const same = others.filter(({ cell }) => cell.train.n === placed.cell.train.n);
      const other = chooseRow(same) ?? chooseRow(others);
      const paper = paperDifference(table, placed, setting);
      return other ? [compareCells(placed, other, setting, paper)] : [];
    });
}

/** What two created settings must have in common to be compared. */
function hashLikeness({ cell, group, control }: GroupedCell): string {
  const { completions, train } = cell;
  const { target, human } = train;
  return hashValue({ group, control, completions, target, human, flags: pickCreateFlags(cell) });
}

function paperDifference(
  table: TableNumber,
  { cell }: GroupedCell,
  other: CreatedSetting | "human",
): number | null {
  return publishedDifference(table, [cell.source, other], cell.task, cell.test.task);
}

function comparePaper(table: TableNumber, { cell, outcomes }: GroupedCell): PaperFigure | null {
  const { source, task, test, train } = cell;
  const percent = train.human > 0 ? null : publishedFigure(table, source, task, test.task);
  if (percent === null) return null;
  const prediction = predictFurtherRun(outcomes);
  return {
    percent,
    verdict: judgeFigure({ paper: percent / 100, prediction, sample: isSample(cell) }),
    prediction,
    constant: isConstant(test.task, percent),
  };
}

/** Holm's adjustment over all differences to human rows; the sample's are a family of their own. */
function adjust(rows: readonly CellRow[]): CellRow[] {
  const families = [true, false].map((sample) =>
    rows.filter(({ cell }) => isSample(cell) === sample).flatMap(listHumanDifferences),
  );
  const adjusted = new Map<RowDifference, number>();
  for (const family of families) {
    const pValues = holm(family.map(({ p }) => p));
    family.forEach((difference, at) => {
      adjusted.set(difference, pValues[at] ?? 1);
    });
  }
  const withP = (difference: RowDifference | null) =>
    difference && { ...difference, adjustedP: adjusted.get(difference) ?? null };
  return rows.map(({ toHuman, ...row }) => ({
    ...row,
    toHuman: { ...toHuman, sameN: withP(toHuman.sameN), largest: withP(toHuman.largest) },
  }));
}

/** A row's differences to human rows, that at the same N first. */
export function listHumanDifferences({ toHuman: { sameN, largest } }: Pick<CellRow, "toHuman">) {
  return [sameN, largest].filter((difference) => difference !== null);
}

/** Whether a row is of data that a language model made, nothing mixed in and nothing taken away. */
export function isCreatedRow({ cell, control }: Pick<CellRow, "cell" | "control">): boolean {
  return isCreated(cell.source) && control === null && cell.train.human === 0;
}

/**
 * One row minus another, on the same test items. Single runs, or several that are all alike: McNemar's
 * exact test. Several: the larger p of a permutation of items and of the t test in which seeds are
 * sampled, too, so that it holds for other items and other seeds.
 * @param label of the row subtracted
 * @param paper the paper's own difference, a fraction; null where it has none
 */
export function compareCells(
  one: MeasuredCell,
  other: MeasuredCell,
  label: string,
  paper: number | null,
): RowDifference {
  const [a, b] = [one.outcomes, other.outcomes];
  const { p, ...estimate } = estimateDifference(a, b);
  const single = estimate.method === "paired items";
  const detectable = minimumDetectable(estimate);
  const claim = {
    difference: estimate,
    minimumDetectable: detectable,
    sample: isSample(one.cell) || isSample(other.cell),
  };
  return {
    against: { cell: other.cell.id, label, n: other.cell.train.n, seeds: other.cell.seeds },
    estimate,
    p: single ? testSingleRuns(a[0], b[0]) : Math.max(p, pairedPermutation(a, b)),
    test: single ? "McNemar, exact" : "paired permutation and t, the larger p",
    adjustedP: null,
    minimumDetectable: detectable,
    paper,
    verdict: paper === null ? null : judgeClaim({ ...claim, paperDifference: paper }),
  };
}

function testSingleRuns(
  a: Uint8Array = new Uint8Array(),
  b: Uint8Array = new Uint8Array(),
): number {
  let [onlyA, onlyB] = [0, 0];
  a.forEach((right, item) => {
    if (right > (b[item] ?? 0)) onlyA += 1;
    if (right < (b[item] ?? 0)) onlyB += 1;
  });
  return mcnemarExact(onlyA, onlyB);
}
