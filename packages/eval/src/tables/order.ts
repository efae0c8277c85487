import { sourceNames, sources, tasks } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import type { Cell } from "./cell.ts";
import { type Role, renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import type { AccuracyRow, CellRow } from "./row.ts";

/** What something is sorted by: the first difference decides. */
export type SortKey = readonly (number | string)[];

/** Negative, 0 or positive; of two keys that agree as far as they go, the shorter comes first. */
export function compareSortKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** Benchmarks in the order of the paper's columns, then folders by name. */
export function getTaskKey(name: string): SortKey {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}

const roles: readonly Role[] = [
  "human",
  "human, same N",
  ...sourceNames.filter((source) => !sources[source].isHuman),
];
const tunes: readonly CellRow["cell"]["student"]["tune"][] = ["head", "full", "none"];
const dataKinds = ["benchmark", "own", "sample"];

/**
 * Rows in the order of the paper's columns; within one by student and way of training, then by what was
 * trained on, human rows at full size first, controls last.
 */
export function sortRows(rows: readonly AccuracyRow[]): AccuracyRow[] {
  return rows
    .map((row) => ({ row, key: getRowKey(row) }))
    .sort((a, b) => compareSortKeys(a.key, b.key))
    .map(({ row }) => row);
}

function getRowKey(row: AccuracyRow): SortKey {
  if (row.kind === "dash") return [...getTaskKey(row.trainedOn), ...getTaskKey(row.testedOn ?? "")];
  const { cell, role, control, labels } = row;
  return [
    ...getTaskKey(cell.task),
    ...getTaskKey(cell.test.task),
    isSample(cell) ? 1 : 0,
    dataKinds.indexOf(cell.test.data.kind),
    cell.test.n,
    cell.test.sha256 ?? "",
    tunes.indexOf(cell.student.tune),
    labels.student,
    renderTrainFlags(cell),
    cell.dev.source,
    control === null ? 0 : 1,
    roles.indexOf(role),
    control ?? "",
    cell.train.human,
    role === "human" ? -cell.train.n : cell.train.target,
    cell.train.n,
    labels.origin,
    labels.flags,
    -cell.seeds,
    cell.id,
  ];
}

/** What holds a cell. */
type Holder = { cell: Cell };

/**
 * Of rows that claim the same cell of a table, the one that counts: no repeat, on the test file as it is, of as many
 * examples as were asked for, then that of the most seeds; of equals the first.
 */
export function chooseRow<T extends Holder>(rows: readonly T[]): T | undefined {
  return rows.toSorted((a, b) => compareSortKeys(getClaimKey(a), getClaimKey(b)))[0];
}

/** One row for each key, in the order of the keys' first rows. */
export function chooseRows<T extends Holder>(rows: readonly T[], toKey: (row: T) => string): T[] {
  return [...groupBy(rows, toKey).values()].flatMap((claiming) => chooseRow(claiming) ?? []);
}

function getClaimKey({ cell: { repeat, stale, train, seeds } }: Holder): SortKey {
  return [repeat ? 1 : 0, stale > 0 ? 1 : 0, train.n < train.target ? 1 : 0, -seeds];
}
