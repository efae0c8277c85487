import { groupBy } from "../statistics/group-by.ts";
import type { AccuracyTable, CellRow } from "./analysis.ts";
import { chooseRows } from "./choose-row.ts";
import { toCreateFlags, toGroupLabel } from "./groups.ts";
import { isSample } from "./labels.ts";
import { publishedBest } from "./published.ts";
import { isCreatedRow } from "./to-rows.ts";
import type { Best, BestChoice } from "./view-beside.ts";

/**
 * The best created setting of each group, and the best encoder for each source, chosen on dev as a user
 * could; beside it the one the test set would choose, as the paper's percentages take it.
 */
export function toBest(table: AccuracyTable): Best[] {
  const rows = table.rows.filter((row) => row.kind === "cell");
  return [...chooseSettings(table, rows), ...chooseEncoders(table, rows)];
}

function chooseSettings(table: AccuracyTable, rows: readonly CellRow[]): Best[] {
  const groups = groupBy(rows.filter(isCreatedRow), ({ group, cell }) =>
    JSON.stringify([group, cell.completions, cell.train.target, toCreateFlags(cell)]),
  );
  return [...groups.values()].flatMap((group): Best[] => {
    const candidates = chooseRows(group, ({ cell }) => cell.source);
    const [first] = candidates;
    if (!first || candidates.length < 2) return [];
    const flags = toGroupLabel(first.cell);
    const within = [first.labels.student, first.labels.origin, flags].filter(Boolean).join("; ");
    const { task, test } = first.cell;
    const paper = isSample(first.cell) ? null : publishedBest(table.number, task, test.task);
    return choose(table, "setting", candidates, within, ({ labels }) => labels.source, paper);
  });
}

function chooseEncoders(table: AccuracyTable, rows: readonly CellRow[]): Best[] {
  const plain = rows.filter(({ control }) => control === null);
  const groups = groupBy(plain, ({ cell, role }) => {
    const { task, test, completions, train, dev, student, conditions } = cell;
    const trained = [role, completions, train.target, train.human, dev.source, student.tune];
    return JSON.stringify([task, test, trained, Object.entries(conditions).sort()]);
  });
  return [...groups.values()].flatMap((group): Best[] => {
    const candidates = chooseRows(group, ({ cell }) => cell.student.encoder);
    const [first] = candidates;
    if (!first || candidates.length < 2) return [];
    const within = `${first.labels.source}, ${first.cell.student.tune}; ${first.labels.origin}`;
    return choose(table, "encoder", candidates, within, ({ cell }) => cell.student.encoder, null);
  });
}

function choose(
  table: AccuracyTable,
  among: Best["among"],
  candidates: readonly CellRow[],
  within: string,
  toLabel: (row: CellRow) => string,
  paper: Best["paper"],
): Best[] {
  const known = candidates.filter(({ cell }) => cell.devAccuracy !== null);
  const byDev = chooseLargest(known, ({ cell }) => cell.devAccuracy ?? 0);
  const byTest = chooseLargest(candidates, ({ cell }) => cell.accuracy);
  if (!byDev || !byTest) return [];
  const { cell } = byDev.row;
  return [
    {
      table: table.number,
      task: cell.task,
      test: cell.test.task,
      among,
      within,
      sample: isSample(cell),
      byDev: toChoice(table, byDev, toLabel(byDev.row)),
      byTest: toChoice(table, byTest, toLabel(byTest.row)),
      paper,
    },
  ];
}

/** The percentages are over the human row that the row is compared with first: at the same N where there is one. */
function toChoice(table: AccuracyTable, { row, tied }: Chosen, label: string): BestChoice {
  const { cell, toHuman } = row;
  const against = (toHuman.sameN ?? toHuman.largest)?.against.cell;
  const human = table.rows.find((row) => row.kind === "cell" && row.cell.id === against);
  const base = human?.kind === "cell" ? human.cell.accuracy : null;
  const gain = base === null ? null : cell.accuracy - base;
  return {
    cell: cell.id,
    label,
    tied,
    devAccuracy: cell.devAccuracy,
    accuracy: cell.accuracy,
    ofHuman: gain === null || !base ? null : gain / base,
    ofBest: gain === null || cell.accuracy === 0 ? null : gain / cell.accuracy,
  };
}

/** A row chosen, and how many others were as good. */
interface Chosen {
  row: CellRow;
  tied: number;
}

/** The first row with the largest value; undefined if there is none. */
function chooseLargest(
  rows: readonly CellRow[],
  toValue: (row: CellRow) => number,
): Chosen | undefined {
  const most = Math.max(...rows.map(toValue));
  const [row, ...others] = rows.filter((one) => toValue(one) === most);
  return row && { row, tied: others.length };
}
