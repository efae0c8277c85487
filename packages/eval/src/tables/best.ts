import { dash } from "@seedling/core/internal";
import { group } from "d3-array";
import { type AccuracyTable, listCellRows } from "./accuracy-table.ts";
import { chooseRows } from "./cells.ts";
import { left, long, percent, right, type TableColumn, type TableForm } from "./column.ts";
import { renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import { publishedBest } from "./published.ts";
import { type CellRow, hashLikeness, isCreatedRow } from "./rows.ts";

/** The best of several rows, chosen on dev and chosen on test. */
export type Best = ReturnType<typeof chooseBest>[number];

/**
 * What is chosen among: rows that have a key in common, said in words by `describe`, and differ in their label.
 */
const choices = [
  {
    among: "setting" as const,
    isCandidate: isCreatedRow,
    toKey: hashLikeness,
    toLabel: ({ cell }: CellRow) => cell.source,
    describe: ({ cell, labels }: CellRow) =>
      [labels.student, labels.origin, renderTrainFlags(cell)].filter(Boolean).join("; "),
  },
  {
    among: "encoder" as const,
    isCandidate: ({ control }: CellRow) => control === null,
    toKey: ({ cell, role }: CellRow) => {
      const { task, test, completions, train, dev, student, conditions } = cell;
      const trained = [role, completions, train.target, train.human, dev.source, student.tune];
      return JSON.stringify([task, test, trained, Object.entries(conditions).sort()]);
    },
    toLabel: ({ cell }: CellRow) => cell.student.encoder,
    describe: ({ cell, labels }: CellRow) =>
      `${labels.source}, ${cell.student.tune}; ${labels.origin}`,
  },
];

/**
 * The best created setting of each group, and the best encoder for each source, chosen on dev as a user
 * could; and the one the test set would choose, as the paper's percentages take it.
 */
export function chooseBest(table: Pick<AccuracyTable, "number" | "rows">) {
  const rows = listCellRows(table);
  return choices.flatMap(({ among, isCandidate, toKey, toLabel, describe }) =>
    [...group(rows.filter(isCandidate), toKey).values()].flatMap((group) => {
      const candidates = chooseRows(group, toLabel);
      const [first] = candidates;
      const known = candidates.some(({ cell }) => cell.devAccuracy !== null);
      if (!first || !known || candidates.length < 2) return [];
      const choose = (of: (row: CellRow) => number | null) => {
        const most = Math.max(...candidates.map((row) => of(row) ?? -1));
        const [row = first, ...others] = candidates.filter((one) => of(one) === most);
        return describeChoice(rows, row, toLabel(row), others.length);
      };
      const { cell } = first;
      const sample = isSample(cell);
      return [
        {
          table: table.number,
          task: cell.task,
          test: cell.test.task,
          among,
          within: describe(first),
          sample,
          byDev: choose(({ cell }) => cell.devAccuracy),
          /** Marked in print: the test set chose it, so it is too high. The paper's percentages take it. */
          byTest: choose(({ cell }) => cell.accuracy),
          /** The paper's best of its settings, which the test set chose; null where it has none, or among encoders. */
          paper: among === "encoder" || sample ? null : publishedBest(cell.task, cell.test.task),
        },
      ];
    }),
  );
}

/**
 * A row chosen. Its percentages are over the human row that it is compared with first: at the same N where
 * there is one.
 * @param tied how many others were as good; the first in the order of the rows is taken
 */
function describeChoice(rows: readonly CellRow[], row: CellRow, label: string, tied: number) {
  const { cell, toHuman } = row;
  const against = (toHuman.sameN ?? toHuman.largest)?.against.cell;
  const base = rows.find((one) => one.cell.id === against)?.cell.accuracy ?? null;
  const gain = base === null ? null : cell.accuracy - base;
  return {
    cell: cell.id,
    label,
    tied,
    devAccuracy: cell.devAccuracy,
    accuracy: cell.accuracy,
    /** (best - human) / human, as the paper labels its percentages; a fraction; null without a human row. */
    ofHuman: gain === null || !base ? null : gain / base,
    /** (best - human) / best, as the paper prints them. */
    ofBest: gain === null || cell.accuracy === 0 ? null : gain / cell.accuracy,
  };
}

export const bestTable: TableForm<Best> = {
  title: "The best setting and the best encoder",
  columns: [
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
    gainColumn("paper_of_human_percent", "Paper, of human / of best % ‡", ({ paper }) => paper),
  ],
  empty: "Nothing to choose among yet: two created settings, or two encoders, of one task.",
  notes: [
    "Chosen on dev, as a user could; ‡: chosen on the test set, which makes it too high, as the paper's percentages do.",
    "Percentages: (best - human) / human, as the paper labels them, and (best - human) / best, as it prints them: the printed row's values equal the second.",
  ],
};

function choiceColumns(
  by: string,
  symbol: string,
  of: (best: Best) => Best["byDev"],
): TableColumn<Best>[] {
  return [
    left(
      `by_${by}`,
      `By ${by}${symbol}`,
      (best) => of(best).label,
      (best) => {
        const { label, tied } = of(best);
        return tied === 0 ? label : `${label} (of ${tied + 1} equal ones)`;
      },
    ),
    percent(`by_${by}_accuracy_percent`, `Accuracy %${symbol}`, (best) => of(best).accuracy),
    gainColumn(`by_${by}_of_human_percent`, `of human / of best %${symbol}`, of),
  ];
}

function gainColumn(
  id: string,
  head: string,
  of: (best: Best) => Pick<Best["byDev"], "ofHuman" | "ofBest"> | null,
): TableColumn<Best> {
  return right(
    id,
    head,
    (best) => roundPercent(of(best)?.ofHuman),
    (best) => {
      const { ofHuman = null, ofBest = null } = of(best) ?? {};
      if (ofHuman === null || ofBest === null) return dash;
      return `${renderFixedPercent(ofHuman)} / ${renderFixedPercent(ofBest)}`;
    },
  );
}
