import {
  createdSettings,
  hashValue,
  isCreated,
  type Source,
  sources,
} from "@seedling/core/internal";
import { group } from "d3-array";
import { estimateDifference, predictFurtherRun } from "../statistics/estimate.ts";
import { holm, pairedPermutation } from "../statistics/hypothesis-tests.ts";
import { minimumDetectable } from "../statistics/student-t.ts";
import { judgeClaim, judgeFigure } from "../verdicts/verdicts.ts";
import { type Cell, chooseRow, type MeasuredCell } from "./cells.ts";
import { type GroupedCell, isFullSize, pickCreateFlags } from "./groups.ts";
import { describeRow, isOwn, isSample, listDeviations } from "./labels.ts";
import { isConstant, publishedDifference, publishedFigure } from "./published.ts";

/** A row with an accuracy: a cell, what it is compared with, and the paper's number. */
export type CellRow = ReturnType<typeof computeRow>;

export type RowDifference = ReturnType<typeof compareCells>;

/** The rows of one table, each compared with the human rows, and trees with the other settings. */
export function computeRows(cells: readonly GroupedCell[]): CellRow[] {
  const rows = cells.map((placed) => computeRow(placed, cells));
  // Holm's adjustment over all differences to human rows; the sample's, and own tasks', are a family of their own.
  const families = group(rows, ({ cell }) => (isSample(cell) ? "sample" : isOwn(cell)));
  for (const members of families.values()) {
    const family = members.flatMap(listHumanDifferences);
    const adjusted = holm(family.map(({ p }) => p));
    family.forEach((difference, index) => {
      difference.adjustedP = adjusted[index] ?? null;
    });
  }
  return rows;
}

function computeRow(placed: GroupedCell, cells: readonly GroupedCell[]) {
  const { cell, group, role, control } = placed;
  return {
    kind: "cell" as const,
    cell,
    group,
    role,
    labels: describeRow(cell, role, control),
    control,
    /** Of a `tree` row: to every other created setting of its group at the same N. */
    toSettings: compareWithSettings(placed, cells),
    paper: control === null ? comparePaper(placed) : null,
    /** In what a run of this row differs from the paper's: `creator qwen2.5-1.5b`, `N 100 (paper 10176)`. */
    differs: isSample(cell) || isOwn(cell) ? [] : listDeviations(cell),
    /** Indices into the table's `footnotes`. */
    footnotes: [] as number[],
    toHuman: compareWithHumans(placed),
  };
}

/** A row minus the human rows of its group; one difference where one human row is both. */
function compareWithHumans(placed: GroupedCell) {
  const { cell, humans } = placed;
  const [largest] = humans;
  const same = humans.find((human) => human.cell.train.n === cell.train.n);
  // Of a sample or a task of one's own the size of the train split is not known.
  const full = largest?.cell.data.kind === "benchmark" && isFullSize(largest.cell, humans);
  const paper = cell.train.human > 0 ? null : paperDifference(cell, "human");
  const compare = (human: MeasuredCell | undefined) => {
    if (!human) return null;
    const isSame = human === same && !isFullSize(human.cell, humans);
    return compareCells(placed, human, isSame ? "human, same N" : "human", paper);
  };
  const both = same === largest;
  return {
    /** To a human row of the same N, where that is a part of the train split. */
    sameN: both && full ? null : compare(same),
    /** To the largest human row, whatever the row's own N; `against.n` has its size. */
    largest: both && !full ? null : compare(largest),
    /** Whether the largest one is (nearly) the whole train split. */
    largestIsFull: full,
  };
}

/** Of a tree: to every other created setting of the same creator, flags and size, at the same N if there is one. */
function compareWithSettings(placed: GroupedCell, cells: readonly GroupedCell[]): RowDifference[] {
  const { cell, control } = placed;
  if (cell.source !== "tree" || control !== null) return [];
  const like = hashLikeness(placed);
  return createdSettings
    .filter((setting) => setting !== "tree")
    .flatMap((setting) => {
      const others = cells.filter(
        (one) => one.cell.source === setting && hashLikeness(one) === like,
      );
      const same = others.filter((one) => one.cell.train.n === cell.train.n);
      const other = chooseRow(same) ?? chooseRow(others);
      const paper = paperDifference(cell, setting);
      return other ? [compareCells(placed, other, setting, paper)] : [];
    });
}

/** What two created settings must have in common to be compared. */
export function hashLikeness({ cell, group, control }: Omit<GroupedCell, "outcomes" | "humans">) {
  const { completions, train, conditions } = cell;
  const { target, human } = train;
  const flags = pickCreateFlags(cell);
  // A reviewed row compares with one that was reviewed, too.
  const reviewed = conditions.review !== undefined;
  return hashValue({
    ...{ group, control, completions, target, human, flags },
    ...(reviewed && { reviewed }),
  });
}

function paperDifference(cell: Cell, other: Source): number | null {
  return publishedDifference([cell.source, other], cell.task, cell.test.task);
}

/** Whether human examples were mixed into what was created, or a person's review changed it. */
function hasHumanPart({ train, conditions }: Cell): boolean {
  return train.human > 0 || conditions.review !== undefined;
}

function comparePaper({ cell, outcomes }: GroupedCell) {
  const { source, task, test } = cell;
  const percent = hasHumanPart(cell) ? null : publishedFigure(source, task, test.task);
  if (percent === null) return null;
  const prediction = predictFurtherRun(outcomes);
  return {
    /** As printed. */
    percent,
    /** Ours against it: `higher`: ours is. null for sample data, which say nothing about the benchmark. */
    verdict: isSample(cell) ? null : judgeFigure(percent / 100, prediction),
    /** Our 95 % prediction interval for one further run. */
    prediction,
    /** Whether the number equals that of a constant predictor. */
    constant: isConstant(test.task, percent),
  };
}

/** A row's differences to human rows, that at the same N first. */
export function listHumanDifferences({ toHuman: { sameN, largest } }: Pick<CellRow, "toHuman">) {
  return [sameN, largest].filter((difference) => difference !== null);
}

/** Whether a row is of data that a language model made, nothing mixed in and nothing taken away. */
export function isCreatedRow({ cell, control }: Pick<CellRow, "cell" | "control">): boolean {
  const isOfTexts = sources[cell.source].isPool || cell.conditions.pool !== undefined;
  return isCreated(cell.source) && !isOfTexts && control === null && !hasHumanPart(cell);
}

/**
 * One row minus another, on the same test items. Single runs, or several that are all alike: McNemar's
 * exact test, which is the permutation of items. Several: the larger p of a permutation of items and of the t test in which seeds are
 * sampled, too, so that it holds for other items and other seeds.
 * @param label of the row subtracted
 * @param paper the paper's own difference, a fraction; null where it has none
 */
export function compareCells(
  one: MeasuredCell,
  other: MeasuredCell,
  label: string,
  paper: number | null,
) {
  const [a, b] = [one.outcomes, other.outcomes];
  const { p, ...estimate } = estimateDifference(a, b);
  const permuted = pairedPermutation(a, b);
  const single = estimate.method === "paired items";
  const detectable = minimumDetectable(estimate);
  const judged = paper !== null && !isSample(one.cell) && !isSample(other.cell);
  return {
    /** The row subtracted. */
    against: { cell: other.cell.id, label, n: other.cell.train.n, seeds: other.cell.seeds },
    /** Whether one of the two is better than the constant answer. */
    learned: one.cell.beatsConstant || other.cell.beatsConstant,
    estimate,
    /** Two-sided; the larger one where two tests were made. */
    p: single ? permuted : Math.max(p, permuted),
    test: single ? "McNemar, exact" : "paired permutation and t, the larger p",
    /** By Holm over all differences to human rows of the table; null where none is made of it. */
    adjustedP: null as number | null,
    /** The smallest true difference found with 80 % power at 5 %. */
    minimumDetectable: detectable,
    paper,
    /** null for sample data, and where the paper has no difference. */
    verdict: judged ? judgeClaim(paper, estimate, detectable) : null,
  };
}
