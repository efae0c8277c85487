import { taskNamed, tasks } from "@seedling/core";
import type { Cell } from "./cells.ts";
import { isSample, toConditionsLabel, toOriginLabel, toStudentLabel } from "./labels.ts";
import { publishedFigure, type TableNumber } from "./published.ts";
import { toNotes } from "./table-notes.ts";
import type { CellRow, DashRow, Row, Table } from "./table-rows.ts";

const facts = {
  3: { title: "Table 3. In-domain accuracy", kind: "in-domain" },
  4: { title: "Table 4. Cross-domain accuracy", kind: "cross-domain" },
} as const;

const sourceOrder = ["human", "naive", "random", "diverse", "similar", "tree", "file"];
const dataOrder = ["benchmark", "own", "sample"];

/** One of the paper's tables, its rows in the order of the paper's columns. */
export function toTable(number: TableNumber, cells: readonly Cell[]): Table {
  const { title, kind } = facts[number];
  const rows: Row[] = cells
    .filter(({ test }) => test.kind === kind)
    .map((cell) => toCellRow(number, cell));
  if (number === 4) rows.push(...toDashRows(cells));
  rows.sort((a, b) => compare(toPlace(a), toPlace(b)));
  const sample = rows.some((row) => row.kind === "cell" && row.sample);
  const warning = " (contains SAMPLE rows: bundled sample data, not the benchmark)";
  return { number, title: title + (sample ? warning : ""), rows, notes: toNotes(number, rows) };
}

function toCellRow(number: TableNumber, cell: Cell): CellRow {
  const mixed = cell.train.human > 0;
  const paper = mixed ? null : publishedFigure(number, cell.source, cell.task, cell.test.task);
  return { kind: "cell", cell, paper, sample: isSample(cell) };
}

/** Tasks trained on without a partner, and partners without an evaluation. */
function toDashRows(cells: readonly Cell[]): DashRow[] {
  return [...new Set(cells.map(({ task }) => task))].flatMap((trainedOn) => {
    const crossed = cells.filter(
      ({ task, test }) => task === trainedOn && test.kind !== "in-domain",
    );
    const tested = new Set(crossed.map(({ test }) => test.task));
    const partners = isBenchmark(trainedOn) ? taskNamed(trainedOn).partners : [];
    if (partners.length === 0 && tested.size === 0)
      return [toDash(trainedOn, null, "no cross-domain partner")];
    const missing = partners.filter((partner) => !tested.has(partner));
    return missing.map((partner) => toDash(trainedOn, partner, "not evaluated"));
  });
}

function toDash(trainedOn: string, testedOn: string | null, why: string): DashRow {
  return { kind: "dash", trainedOn, testedOn, why };
}

function isBenchmark(name: string): boolean {
  return tasks.some((task) => task.name === name);
}

/** What rows are sorted by, the first difference decides. */
function toPlace(row: Row): (number | string)[] {
  if (row.kind === "dash") return [...taskPlace(row.trainedOn), ...taskPlace(row.testedOn ?? "")];
  const { cell } = row;
  return [
    ...taskPlace(cell.task),
    ...taskPlace(cell.test.task),
    row.sample ? 1 : 0,
    dataOrder.indexOf(cell.test.data.kind),
    cell.test.n,
    sourceOrder.indexOf(cell.source),
    cell.train.human,
    cell.train.target,
    cell.train.n,
    toOriginLabel(cell),
    toStudentLabel(cell),
    toConditionsLabel(cell),
    cell.dev.source,
    -cell.seeds,
  ];
}

/** Benchmarks in the table's order, then folders by name. */
function taskPlace(name: string): [number, string] {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
