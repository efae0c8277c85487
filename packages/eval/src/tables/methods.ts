import type { Interval, Source } from "@seedling/core/internal";
import { group, index, min, sum } from "d3-array";
import type { CreationRun, Results } from "../results/results.ts";
import { holm } from "../statistics/hypothesis-tests.ts";
import { poolDifferences } from "../statistics/pooled.ts";
import { minimumDetectable } from "../statistics/student-t.ts";
import { meanOrNull } from "./baselines.ts";
import { type Cell, chooseRows, getTaskKey, type MeasuredCell, sortBy } from "./cells.ts";
import { renderTrainFlags } from "./groups.ts";
import { describeStudent, isSample } from "./labels.ts";
import {
  countMade,
  createTextReader,
  type Made,
  measureDistinct,
  poolAgreement,
  type ReadTexts,
} from "./made.ts";
import { compareCells } from "./rows.ts";
import { hashCreating, hashTraining, nameWay } from "./ways.ts";

/** The way that all others are compared with: the paper's own. */
export const baseWay = "tree";

/** Ways of creating side by side: one creator, creations of the same `--tokens`, one way of training. */
export type Methods = ReturnType<typeof compareTasks>;

/** A way on one task, or pooled over tasks; accuracies and differences are fractions. */
export interface MethodRow extends Made {
  way: string;
  source: Source;
  /** null: pooled. */
  task: string | null;
  tasks: number;
  /** Test items, of all its tasks. */
  n: number;
  /** Runs that differ in their seeds; null: pooled, as the figures of one task below. */
  seeds: number | null;
  accuracy: number | null;
  interval: Interval | null;
  /** Accuracy of the best constant answer, or of a guess where options vary. */
  constant: number | null;
  beatsConstant: boolean | null;
  macroF1: number | null;
  /** Examples trained on. */
  trained: number | null;
  distinct2: number | null;
  /** Minus the tree on the same items; null: it is the tree. */
  toTree:
    | (Interval & { value: number; p: number; adjustedP: number | null; detectable: number })
    | null;
}

interface Way {
  way: string;
  one: MeasuredCell;
  cell: Cell;
  creations: CreationRun[];
}

/**
 * Compares ways of creating where creations were asked for by `--tokens`: a tree and another way on the same test items.
 * Human rows repeated, which take no tokens, stand beside them.
 * @param cells of whole training sets and of parts
 */
export function compareMethods(
  cells: readonly MeasuredCell[],
  results: Pick<Results, "dir" | "creations" | "trainings">,
): Methods[] {
  const byPath = index(results.creations, ({ path }) => path);
  const ways = cells.flatMap((one): Way[] => {
    const way = nameWay(one.cell);
    if (way === null) return [];
    const paths = new Set(one.cell.runs.flatMap(({ creation }) => creation ?? []));
    const made = [...paths].flatMap((path) => byPath.get(path) ?? []);
    return [{ way, one, cell: one.cell, creations: made }];
  });
  const asked = ways.filter(({ cell }) => cell.conditions.tokens !== undefined);
  const repeats = ways.filter(({ cell }) => cell.conditions.humanRows !== undefined);
  return [...group(asked, ({ cell }) => hashCreating(cell)).values()].flatMap((like) => {
    const training = new Set(like.map(({ cell }) => hashTraining(cell)));
    const beside = repeats.filter(({ cell }) => training.has(hashTraining(cell)));
    const tasks = [...group([...like, ...beside], ({ cell }) => nameTask(cell)).values()]
      .map((all) => chooseRows(all, ({ way }) => way))
      .filter(isCompared);
    return tasks.length === 0 ? [] : [compareTasks(tasks, createTextReader(results))];
  });
}

/** Whether a tree and another created way stand on a task. */
function isCompared(ways: readonly Way[]): boolean {
  const created = ways.filter(({ cell }) => cell.conditions.humanRows === undefined);
  return created.length > 1 && created.some(({ way }) => way === baseWay);
}

/** The test items; of own folders that share a name, by what is in them. */
function nameTask({ task, data, test }: Cell): string {
  return JSON.stringify([task, data.mark ?? null, test.sha256, test.n]);
}

/** @param tasks the ways of each task, a tree among them */
function compareTasks(tasks: readonly (readonly Way[])[], readTexts: ReadTexts) {
  const sorted = sortBy(tasks, ([first]) => getTaskKey(first?.cell.task ?? ""));
  const first = ({ way }: { way: string }) => [way !== baseWay];
  const placed = sorted.flatMap((ways) => computeTask(sortBy(ways, first), readTexts));
  const pooled =
    sorted.length === 1 ? [] : [...group(placed, ({ row }) => row.way).values()].map(poolWay);
  const rows = [...sortBy(pooled, first), ...placed.map(({ row }) => row)];
  const differences = rows.flatMap(({ toTree }) => toTree ?? []);
  const adjusted = holm(differences.map(({ p }) => p));
  differences.forEach((difference, i) => {
    difference.adjustedP = adjusted[i] ?? null;
  });
  const [{ cell }] = sorted.flat().filter(({ way }) => way === baseWay) as [Way];
  return {
    model: cell.completions?.model ?? "",
    student: describeStudent(cell),
    flags: renderTrainFlags(cell),
    /** Tokens that each creation was asked for. */
    tokens: Number(cell.conditions.tokens),
    sample: isSample(cell),
    tasks: sorted.length,
    /** Pooled ones first, where there are several tasks; the tree first of each. */
    rows,
  };
}

type Placed = ReturnType<typeof computeTask>[number];

/** Questions that diversity is measured on at most. */
const mostTexts = 200;

function computeTask(ways: readonly Way[], readTexts: ReadTexts) {
  const [base] = ways.filter(({ way }) => way === baseWay) as [Way];
  const texts = new Map(ways.map(({ way, cell }) => [way, cell.runs.flatMap(readTexts)]));
  const fewest = min([...texts.values()].flat(), ({ length }) => length) ?? 0;
  const n = Math.min(mostTexts, fewest);
  return ways.map(({ way, one, cell, creations }) => {
    const { estimate, p, minimumDetectable } = compareCells(one, base.one, baseWay, null);
    const { value, low, high } = estimate;
    const difference = { value, low, high, p, adjustedP: null, detectable: minimumDetectable };
    const { task, source, accuracy, interval, baseline, beatsConstant, metrics, test } = cell;
    const distinct = texts.get(way)?.map((one, i) => measureDistinct(one, n, i)) ?? [];
    const row: MethodRow = {
      ...{ way, source, task, tasks: 1, n: test.n, seeds: cell.seeds, accuracy, interval },
      constant: baseline.bestConstant ?? baseline.chance,
      beatsConstant,
      macroF1: metrics.macroF1,
      trained: cell.train.n,
      ...countMade(creations, cell),
      distinct2: meanOrNull(distinct),
      toTree: way === baseWay ? null : difference,
    };
    return { row, estimate, creations };
  });
}

/** A way over its tasks: random effects, as for the paper's own question. */
function poolWay(placed: readonly Placed[]): MethodRow {
  const [{ row }] = placed as [Placed];
  const { mean, low, high, p, ...spread } = poolDifferences(placed.map(({ estimate }) => estimate));
  const toTree = {
    value: mean,
    low: Math.max(-1, low),
    high: Math.min(1, high),
    p,
    adjustedP: null,
    detectable: minimumDetectable(spread),
  };
  const total = (of: (row: MethodRow) => number | null) =>
    placed.every((one) => of(one.row) !== null) ? sum(placed, (one) => of(one.row) ?? 0) : null;
  return {
    ...{ way: row.way, source: row.source, task: null, tasks: placed.length },
    n: sum(placed, (one) => one.row.n),
    ...{ seeds: null, accuracy: null, interval: null, constant: null, beatsConstant: null },
    ...{ macroF1: null, trained: null, distinct2: null },
    kept: total(({ kept }) => kept),
    tokens: total(({ tokens }) => tokens),
    agreement: poolAgreement(placed.flatMap(({ creations }) => creations)),
    toTree: row.way === baseWay ? null : toTree,
  };
}
