import { dash } from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import { left, long, percent, right, type Table, type TableColumn } from "./column.ts";
import { pickCreateFlags, renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import { chooseRows } from "./order.ts";
import { publishedBest } from "./published.ts";
import type { CellRow } from "./row.ts";
import { isCreatedRow } from "./rows.ts";

/** The best of several rows, chosen on dev and chosen on test. */
export interface Best {
  table: 3 | 4;
  task: string;
  test: string;
  /** What is chosen among. */
  among: "setting" | "encoder";
  /** What all candidates have in common: student and flags, or the source. */
  within: string;
  sample: boolean;
  byDev: BestChoice;
  /** Marked in print: the test set chose it, so it is too high. The paper's percentages take it. */
  byTest: BestChoice;
  /** The paper's best of its settings, which the test set chose; null where it has none, or among encoders. */
  paper: { label: string; percent: number; ofHuman: number; ofBest: number } | null;
}

/** A row chosen. */
export interface BestChoice {
  cell: string;
  label: string;
  /** How many others were as good; the first in the order of the rows is taken. */
  tied: number;
  devAccuracy: number | null;
  accuracy: number;
  /** (best - human) / human, as the paper labels its percentages; a fraction; null without a human row. */
  ofHuman: number | null;
  /** (best - human) / best, as the paper prints them. */
  ofBest: number | null;
}

/**
 * The best created setting of each group, and the best encoder for each source, chosen on dev as a user
 * could; and the one the test set would choose, as the paper's percentages take it.
 */
export function chooseBest(table: AccuracyTable): Best[] {
  const rows = table.rows.filter((row) => row.kind === "cell");
  return [...chooseSettings(table, rows), ...chooseEncoders(table, rows)];
}

function chooseSettings(table: AccuracyTable, rows: readonly CellRow[]): Best[] {
  const groups = groupBy(rows.filter(isCreatedRow), ({ group, cell }) =>
    JSON.stringify([group, cell.completions, cell.train.target, pickCreateFlags(cell)]),
  );
  return [...groups.values()].flatMap((group): Best[] => {
    const candidates = chooseRows(group, ({ cell }) => cell.source);
    const [first] = candidates;
    if (!first || candidates.length < 2) return [];
    const flags = renderTrainFlags(first.cell);
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
      byDev: describeChoice(table, byDev, toLabel(byDev.row)),
      byTest: describeChoice(table, byTest, toLabel(byTest.row)),
      paper,
    },
  ];
}

/** The percentages are over the human row that the row is compared with first: at the same N where there is one. */
function describeChoice(table: AccuracyTable, { row, tied }: Chosen, label: string): BestChoice {
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

/** The best settings and encoders as a table. */
export function createBestTable(best: readonly Best[]): Table<Best> {
  const notes = [
    "Chosen on dev, as a user could; ‡: chosen on the test set, which makes it too high, as the paper's percentages do.",
    "Percentages: (best - human) / human, as the paper labels them, and (best - human) / best, as it prints them: the printed row's values equal the second.",
  ];
  return {
    title: "The best setting and the best encoder",
    columns: bestColumns,
    rows: best,
    empty: "Nothing to choose among yet: two created settings, or two encoders, of one task.",
    notes: best.length > 0 ? notes : [],
  };
}

const bestColumns: readonly TableColumn<Best>[] = [
  left("trained_on", "Trained on", ({ task }) => task),
  left("tested_on", "Tested on", ({ test }) => test),
  long(
    "among",
    "Among",
    ({ among }) => among,
    ({ among, within, sample }) => `${among}: ${within}${sample ? " SAMPLE" : ""}`,
  ),
  ...choiceColumns("dev", "", ({ byDev }) => byDev),
  ...choiceColumns("test", " ‡", ({ byTest }) => byTest),
  left(
    "paper_percent",
    "Paper ‡",
    ({ paper }) => paper?.percent,
    ({ paper }) => (paper ? `${paper.label} ${paper.percent.toFixed(2)}` : dash),
  ),
  right(
    "paper_of_human_percent",
    "Paper, of human / of best % ‡",
    ({ paper }) => roundPercent(paper?.ofHuman),
    ({ paper }) => (paper ? renderGains(paper) : dash),
  ),
];

function choiceColumns(
  by: string,
  symbol: string,
  of: (best: Best) => BestChoice,
): TableColumn<Best>[] {
  const describe = ({ label, tied }: BestChoice) =>
    tied === 0 ? label : `${label} (of ${tied + 1} equal ones)`;
  return [
    left(
      `by_${by}`,
      `By ${by}${symbol}`,
      (best) => of(best).label,
      (best) => describe(of(best)),
    ),
    percent(`by_${by}_accuracy_percent`, `Accuracy %${symbol}`, (best) => of(best).accuracy),
    right(
      `by_${by}_of_human_percent`,
      `of human / of best %${symbol}`,
      (best) => roundPercent(of(best).ofHuman),
      (best) => renderGains(of(best)),
    ),
  ];
}

function renderGains({ ofHuman, ofBest }: Pick<BestChoice, "ofHuman" | "ofBest">): string {
  if (ofHuman === null || ofBest === null) return dash;
  return `${renderFixedPercent(ofHuman)} / ${renderFixedPercent(ofBest)}`;
}
