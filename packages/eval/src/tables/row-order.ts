import { sourceNames, sources } from "@seedling/core/internal";
import type { AccuracyRow, CellRow, Role } from "./analysis.ts";
import { renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { compareSortKeys, type SortKey, toTaskKey } from "./places.ts";

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
    .map((row) => ({ row, place: toPlace(row) }))
    .sort((a, b) => compareSortKeys(a.place, b.place))
    .map(({ row }) => row);
}

function toPlace(row: AccuracyRow): SortKey {
  if (row.kind === "dash") return [...toTaskKey(row.trainedOn), ...toTaskKey(row.testedOn ?? "")];
  const { cell, role, control, labels } = row;
  return [
    ...toTaskKey(cell.task),
    ...toTaskKey(cell.test.task),
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
