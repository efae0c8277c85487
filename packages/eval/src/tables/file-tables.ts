import { answerRule } from "../verdicts/verdicts.ts";
import { interval, left, long, number, percent, right, type Table } from "./column.ts";
import type { FileAnswer, FileComparison } from "./created-files.ts";
import { renderP, renderPoints } from "./numbers.ts";

const meanTest =
  "the mean over these tasks, paired on test items, 95 % interval over items and seeds; other tasks are not spoken of";

/** What Møller et al. (2024) claim, and the test that decides it. */
export const fileClaims = {
  "as well": {
    claim:
      "On binary and balanced tasks, classifiers trained on human data do as well as on created data, or better.",
    test: `Human minus created, same N, ${meanTest}: ${answerRule}`,
  },
  rare: {
    claim: "Created data help rare classes of unbalanced tasks with more than two.",
    test: `Recall of rare labels together, created minus human, same N, ${meanTest}: holds where the interval lies above 0, contradicted where it lies below. Rare: in training less than half of an even share of the human examples`,
  },
} as const;

/** The columns that say what was compared. */
function createKeys<Row extends Pick<FileComparison, "file" | "student" | "flags" | "n">>() {
  return [
    left<Row>("file", "File", ({ file }) => file),
    long<Row>("student", "Classifier", ({ student }) => student),
    long<Row>("flags", "Flags", ({ flags }) => flags),
    right<Row>("train_n", "N", ({ n }) => n),
  ];
}

/** What the source claims of such data, and whether it holds, over tasks. */
export function createFileClaimTable(answers: readonly FileAnswer[]): Table<FileAnswer> {
  return {
    title: "What Møller et al. (2024) claim of such data, here",
    columns: [
      left("claim", "Claim", ({ question }) => questions[question]),
      ...createKeys<FileAnswer>(),
      left("tasks", "Tasks", ({ tasks }) => tasks.map(({ task }) => task).join(", ")),
      percent("created_percent", "Created %", ({ created }) => created, 1),
      percent("human_percent", "Human %", ({ human }) => human, 1),
      number("points", "Created minus human", ({ value }) => value, renderPoints, { scale: 100 }),
      ...interval<FileAnswer>("interval", "points", "95% interval", (answer) => answer),
      number("p", "p", ({ p }) => p, renderP),
      left("verdict", "Verdict", ({ verdict }) => verdict),
    ],
    rows: answers,
    empty: "No task of a kind that they speak of.",
    notes: [
      ...Object.values(fileClaims).map(({ claim, test }) => `${claim} ${test}.`),
      "Created and human: accuracy, or the recall of rare labels, the mean over tasks.",
      "Møller et al. fine-tuned e5-base on all of their data and judge by macro-F1; a verdict here is of the classifier in its row.",
    ],
  };
}

const questions: Record<FileAnswer["question"], string> = {
  "as well": "human as good or better",
  rare: "created help rare labels",
};

/** Accuracy of a file and of as many human examples, task by task. */
export function createComparisonTable(
  comparisons: readonly FileComparison[],
): Table<FileComparison> {
  return {
    title: "Examples of a file beside as many human ones",
    columns: [
      left("task", "Task", ({ task }) => task),
      left("kind", "Labels", ({ kind }) => kind),
      ...createKeys<FileComparison>(),
      right(
        "seeds",
        "Seeds",
        ({ seeds }) => seeds.created,
        ({ seeds: { created, human } }) =>
          created === human ? `${created}` : `${created}, human ${human}`,
      ),
      right("test_n", "Test n", ({ items }) => items),
      percent("constant_percent", "Constant %", ({ constant }) => constant, 1),
      percent("created_percent", "Created %", ({ created }) => created, 1),
      ...interval<FileComparison>("created", "percent", "95% interval", (one) => {
        return one.intervals.created;
      }),
      percent("human_percent", "Human %", ({ human }) => human, 1),
      ...interval<FileComparison>("human", "percent", "95 % interval", (one) => {
        return one.intervals.human;
      }),
      number("points", "Created minus human", (one) => one.difference.value, renderPoints, {
        scale: 100,
      }),
      ...interval<FileComparison>("difference", "points", "95 %", ({ difference }) => difference),
      percent("created_f1_percent", "Created macro-F1 %", (one) => one.macroF1.created, 1),
      percent("human_f1_percent", "Human macro-F1 %", (one) => one.macroF1.human, 1),
    ],
    rows: comparisons,
    empty: "No such rows yet.",
    notes: [
      "Constant: always the label that fits the test set best. Labels: binary; of more labels unbalanced where one is rare, in training less than half of an even share of the human examples, else balanced.",
      "Differences are paired on test items; of several seeds, items and seeds are both samples.",
    ],
  };
}

type LabelRow = FileComparison["labels"][number] &
  Pick<FileComparison, "task" | "file" | "student" | "flags" | "n">;

/** The same label by label. */
export function createRecallTable(comparisons: readonly FileComparison[]): Table<LabelRow> {
  const rows = comparisons.flatMap(({ task, file, student, flags, n, labels }) =>
    labels.map((label) => ({ ...label, task, file, student, flags, n })),
  );
  return {
    title: "Recall of each label, of a file and of as many human examples",
    columns: [
      left("task", "Task", ({ task }) => task),
      ...createKeys<LabelRow>(),
      left(
        "label",
        "Label",
        ({ label }) => label,
        ({ label, isRare }) => (isRare ? `${label} (rare)` : label),
      ),
      percent("share_percent", "Human share %", ({ share }) => share, 1),
      right("items", "Test items", ({ items }) => items),
      percent("created_percent", "Created %", ({ created }) => created, 1),
      percent("human_percent", "Human %", ({ human }) => human, 1),
      number("points", "Created minus human", (one) => one.difference.value, renderPoints, {
        scale: 100,
      }),
      ...interval<LabelRow>("difference", "points", "95% interval", (one) => one.difference),
    ],
    rows,
    empty: "No such rows yet.",
    notes: [
      "Recall: of the test items of a label, those that got it, the mean over seeds. The rarest in the human examples first.",
    ],
  };
}
