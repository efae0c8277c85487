import { renderPercent, wilsonInterval } from "@seedling/core/internal";
import { type Confusion, type LabelMetrics, listLabels } from "../statistics/confusion.ts";
import { sortBy } from "./cells.ts";
import { interval, left, percent, right, type Table, type TableColumn } from "./column.ts";

/** Shown in place of an answer that chooses no label. */
const noAnswer = "(no answer)";

/** A row of the table of labels, with how many examples of the label were trained on. */
type LabelRow = LabelMetrics & { trained: number | null };

/** Precision and recall of each label. @param runs how many runs the counts are of */
export function createLabelTable(rows: readonly LabelRow[], runs: number): Table<LabelRow> {
  return {
    title: "Precision and recall of each label",
    columns: [
      left("label", "Label", ({ label }) => label),
      right("gold", "Test items", ({ gold }) => gold),
      right("right", "Right", (row) => row.right),
      percent("recall_percent", "Recall %", ({ recall }) => recall, 1),
      ...interval<LabelRow>("recall", "percent", "95 % interval", ({ recall, gold }) =>
        recall === null ? null : wilsonInterval(recall, gold / runs),
      ),
      right("answered", "Given", ({ answered }) => answered),
      percent("precision_percent", "Precision %", ({ precision }) => precision, 1),
      percent("f1_percent", "F1 %", ({ f1 }) => f1, 1),
      right("trained", "Trained on", ({ trained }) => trained),
    ],
    rows,
    empty: "Options vary: there are no labels.",
    notes: [
      "Recall: of the test items of a label, those that got it. Precision: of the answers that gave a label, those that are right.",
      ...(runs > 1 ? [`Counts are sums over ${runs} runs; intervals are over test items.`] : []),
    ],
  };
}

type PairRow = Confusion & { of: number };

/** The pairs of labels that are mixed up most often. @param most rows */
export function createPairTable(confusions: readonly Confusion[], most: number): Table<PairRow> {
  const wrong = confusions.filter(({ gold, answer }) => gold !== answer);
  const rows = sortBy(wrong, ({ n, gold, answer }) => [-n, gold, answer]).map((pair) => ({
    ...pair,
    of: confusions.reduce((total, { gold, n }) => total + (gold === pair.gold ? n : 0), 0),
  }));
  return {
    title: "Labels that are mixed up most often",
    columns: [
      left("gold", "Right label", ({ gold }) => gold),
      left(
        "answer",
        "Answer",
        ({ answer }) => answer,
        ({ answer }) => answer || noAnswer,
      ),
      right(
        "n",
        "Items",
        ({ n }) => n,
        ({ n, of }) => `${n} of ${of} (${renderPercent(n / of)})`,
      ),
    ],
    rows: rows.slice(0, most),
    empty: "No item is wrong.",
    notes:
      rows.length > most ? [`The first ${most} of ${rows.length} pairs that are mixed up.`] : [],
  };
}

/** A row of the confusion matrix: a gold label, its number, and the items that got each answer. */
export interface MatrixRow {
  label: string;
  number: number;
  counts: number[];
  n: number;
}

/** The confusion matrix: gold labels down, answers across under the labels' numbers. */
export function createMatrix(confusions: readonly Confusion[]): Table<MatrixRow> {
  const labels = listLabels(confusions);
  const rows = labels.map((label, index): MatrixRow => {
    const own = confusions.filter(({ gold }) => gold === label);
    const counts = labels.map((answer) => own.find((pair) => pair.answer === answer)?.n ?? 0);
    return { label, number: index + 1, counts, n: counts.reduce((a, b) => a + b, 0) };
  });
  return {
    title: "Confusion matrix",
    columns: [
      left(
        "label",
        "Right label",
        ({ label }) => label,
        ({ label, number }) => `${number} ${label}`,
      ),
      ...labels.map((label, index): TableColumn<MatrixRow> => {
        const head = label === "" ? noAnswer : String(index + 1);
        const count = ({ counts }: MatrixRow) => counts[index] ?? 0;
        return { ...right(`answer_${index + 1}`, head, count), text: (row) => String(count(row)) };
      }),
    ],
    rows: rows.filter(({ label }) => label !== ""),
    empty: "No test item yet.",
    notes: ["Down: the right label; across: the answer, by the number of the label."],
  };
}
