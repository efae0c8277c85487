import { dash, renderWhole } from "@seedling/core/internal";
import { group } from "d3-array";
import { type AccuracyTable, listCellRows } from "./accuracy-table.ts";
import { type Cell, chooseRow } from "./cells.ts";
import { left, right, type Table } from "./column.ts";
import { areOwn, isSample } from "./labels.ts";
import { renderFixedPercent, renderInterval } from "./numbers.ts";
import type { CellRow } from "./rows.ts";

/** A row: what was trained on, and the accuracy on each test set that it was tested on, by the column's key. */
interface SettingsRow {
  label: string;
  cells: ReadonlyMap<string, string>;
}

/** Columns of a page: the paper's ten tasks. */
const mostColumns = 10;

const kinds = {
  3: { paper: "In-domain accuracy", own: "Accuracy" },
  4: { paper: "Cross-domain accuracy", own: "Accuracy on other test sets" },
} as const;

/**
 * The accuracies of Table 3 or 4 for one page of a paper in two columns: a row for each setting, a column for each task,
 * ten at most a table; the number of test items stands in the caption.
 */
export function createSettingsTables({ number, rows }: AccuracyTable): Table<SettingsRow>[] {
  const columns = [...group(listCellRows({ rows }), ({ cell }) => toColumnKey(cell))];
  const parts = Array.from({ length: Math.ceil(columns.length / mostColumns) }, (_, i) =>
    columns.slice(i * mostColumns, (i + 1) * mostColumns),
  );
  return parts.map((part) => createPart(number, part));
}

type Column = [key: string, rows: CellRow[]];

function createPart(number: 3 | 4, columns: readonly Column[]): Table<SettingsRow> {
  const rows = columns.flatMap(([, own]) => own);
  const names = nameColumns(number, columns);
  const label = createLabel(rows);
  const labels = [...group(rows, label).keys()];
  const constant = new Map(
    columns.map(([key, [first]]) => [key, first ? renderConstant(first.cell) : dash]),
  );
  const settings = labels.map((one): SettingsRow => {
    const found = columns.map(([key, own]) => {
      const chosen = chooseRow(own.filter((row) => label(row) === one));
      return [key, chosen ? renderAccuracy(chosen.cell) : dash] as const;
    });
    return { label: one, cells: new Map(found) };
  });
  const { paper, own } = kinds[number];
  const kind = areOwn(rows.map(({ cell }) => cell)) ? own : paper;
  const sizes = columns.map(
    ([, [first]], i) => `${names[i]} ${renderWhole(first?.cell.test.n ?? 0)}`,
  );
  const sample = rows.some(({ cell }) => isSample(cell))
    ? " Contains SAMPLE rows, which are not the benchmark."
    : "";
  return {
    title: `${kind} in percent of each setting (95 % interval), the mean where there are several seeds. Test items: ${sizes.join(", ")}.${sample}`,
    columns: [
      left("setting", "Setting", (row: SettingsRow) => row.label),
      ...columns.map(([key], i) =>
        right(key, names[i] ?? key, (row: SettingsRow) => row.cells.get(key)),
      ),
    ],
    rows: [{ label: "constant answer", cells: constant }, ...settings],
    empty: "No evaluations yet.",
    notes: [],
  };
}

function toColumnKey({ task, test }: Cell): string {
  return JSON.stringify([task, test.task, test.sha256, test.n, test.data.kind]);
}

/** Names tasks in short where that tells them apart. */
function nameColumns(number: 3 | 4, columns: readonly Column[]): string[] {
  const full = columns.map(([, [first]]) => [first?.cell.task ?? "", first?.cell.test.task ?? ""]);
  const shorten = (name: string) => name.replace(/^\w+\//, "");
  const render = (name: (full: string) => string) =>
    full.map(([task = "", test = ""]) =>
      number === 3 ? name(test) : `${name(task)} → ${name(test)}`,
    );
  const short = render(shorten);
  return short.map((name, i) =>
    short.filter((one) => one === name).length > 1 ? (render(String)[i] ?? name) : name,
  );
}

/** Creates what names a row: its source, and its classifier, N and flags where only these tell rows of a column apart. */
function createLabel(rows: readonly CellRow[]): (row: CellRow) => string {
  const parts: ((row: CellRow) => string)[] = [({ labels }) => labels.source];
  const join = (row: CellRow) =>
    parts
      .map((part) => part(row))
      .filter(Boolean)
      .join(", ");
  const more: typeof parts = [
    ({ labels }) => labels.student,
    ({ cell }) => `N ${renderWhole(cell.train.target)}`,
    ({ labels }) => labels.flags,
  ];
  for (const part of more) {
    const alike = group(rows, (row) => JSON.stringify([toColumnKey(row.cell), join(row)]));
    if ([...alike.values()].some((same) => new Set(same.map(part)).size > 1)) parts.push(part);
  }
  return join;
}

function renderAccuracy({ accuracy, interval }: Cell): string {
  return `${renderFixedPercent(accuracy, 1)} (${renderInterval(interval)})`;
}

/** The best constant answer, or a guess where options vary. */
function renderConstant({ baseline: { bestConstant, chance } }: Cell): string {
  const value = bestConstant ?? chance;
  return value === null ? dash : renderFixedPercent(value, 1);
}
