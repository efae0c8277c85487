import { bagOfWords, sources } from "@seedling/core/internal";
import { group } from "d3-array";
import { mostShared } from "../statistics/constant.ts";
import { widestAgreement } from "../verdicts/verdicts.ts";
import { isSample } from "./labels.ts";
import { type CellRow, listHumanDifferences } from "./rows.ts";

/** Tables 3 and 4 in full, or in short on a printed page or in a terminal. */
type Form = "full" | "page" | "terminal";

/** A sentence under a table, and the rows that call for it. */
interface Note {
  text: string;
  appliesTo: (row: CellRow) => boolean;
  /** The column that it explains: a page shows it behind a mark in that column's head. */
  column?: string;
  /** The forms of the table that have it; without it all. */
  forms?: readonly Form[];
}

const notes: readonly Note[] = [
  {
    text: "SAMPLE: data bundled with this repository, not the benchmark; a row made of it shows that the loop works, nothing more.",
    appliesTo: ({ cell }) => isSample(cell),
  },
  {
    column: "accuracy_percent",
    text: "Accuracy in percent; 95 % interval of one run, or of seeds that all answer alike (=): Wilson's over test items; the seed variance is unknown.",
    appliesTo: ({ cell }) => cell.method === "wilson",
  },
  {
    column: "accuracy_percent",
    text: "Accuracy in percent, the mean over seeds; 95 % interval of several seeds: t, items and seeds both sampled.",
    appliesTo: ({ cell }) => cell.method === "mixed",
  },
  {
    column: "seeds",
    text: "=: all seeds right and wrong on the same items, as of a head that is fitted to its optimum: they are no more than one run.",
    appliesTo: ({ cell }) => cell.sameAnswers,
  },
  {
    column: "train_n",
    text: "N such as 11 of 450: creation stopped short of what was asked for.",
    appliesTo: ({ cell }) => cell.train.n < cell.train.target,
  },
  {
    column: "seeds",
    text: "1c, 2c: so many runs collapsed, they gave one answer for everything; they are kept in the mean.",
    appliesTo: ({ cell }) => cell.collapsed > 0,
  },
  {
    column: "accuracy_percent",
    text: "In brackets: the mean without collapsed runs.",
    appliesTo: ({ cell }) => cell.withoutCollapsed !== null,
  },
  {
    column: "baseline_chance_percent",
    text: "Baseline, fixed options (yes/no): always the answer most frequent in training / always the one that fits the test set best; multiple choice: chance, the mean of 1/k over the items.",
    appliesTo: () => true,
    forms: ["full"],
  },
  {
    column: "baseline_chance_percent",
    text: "†: no answer is the most frequent in training; a guess between those that are.",
    appliesTo: ({ cell }) => cell.baseline.tied,
    forms: ["full"],
  },
  {
    column: "minus_human_same_n_points",
    text: "Minus human: points over the human row of that N, of the same classifier on the same test items, paired, with a 95 % interval. p and *: adjusted (Holm) for all these differences of the table, * where below 0.05; McNemar's exact test of single runs and of seeds that all answer alike, of several seeds the larger p of a paired permutation and a t test.",
    appliesTo: isCompared,
  },
  {
    column: "minus_human_same_n_points",
    text: "MDE, minimum detectable effect: the smallest true difference found at this n with 80 % power at 5 %.",
    appliesTo: isCompared,
    forms: ["full", "page"],
  },
  {
    column: "minus_human_same_n_points",
    text: "Claim, or the verdict on a difference: whether it has the sign of the paper's. holds and contradicted go by its own 95 % interval, while p is adjusted for all of the table: either can stand beside a p above 0.05. undecided: the interval includes 0; underpowered: it does, and the paper's difference is smaller than the MDE.",
    appliesTo: (row) => listHumanDifferences(row).some(({ verdict }) => verdict !== null),
  },
  {
    column: "tree_minus_others",
    text: "Tree minus others (minus random, and the like): the same against another created setting; no adjusted p.",
    appliesTo: ({ toSettings }) => toSettings.length > 0,
    forms: ["full", "page"],
  },
  {
    column: "figure_verdict",
    text: `Verdict on a row: whether the paper's number lies in our 95 % prediction interval for one further run. agrees: it does; higher, lower: ours is; underpowered: it does, but the interval is wider than ${100 * widestAgreement} points either way.`,
    appliesTo: ({ paper }) => paper !== null && paper.verdict !== null,
  },
  {
    column: "paper_percent",
    text: "Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by gpt-3.5-turbo; very probably one run a cell.",
    appliesTo: ({ paper }) => paper !== null,
  },
  {
    column: "paper_percent",
    text: "(In parentheses): the paper's number for the real benchmark; no comparison with a sample.",
    appliesTo: ({ cell, paper }) => isSample(cell) && paper !== null,
  },
  {
    column: "source",
    text: "human, same N: as many human examples as a created row of its group was trained on.",
    appliesTo: ({ role }) => role === "human, same N",
    forms: ["full"],
  },
  {
    column: "source",
    text: "+K human: so many labelled examples of the human train split, drawn with the train seed, are mixed in.",
    appliesTo: ({ cell }) => cell.train.human > 0,
  },
  {
    column: "source",
    text: "file: trained on a user's file of examples (--created), named among the flags.",
    appliesTo: ({ cell }) => sources[cell.source].isFile,
    forms: ["full"],
  },
  {
    column: "source",
    text: "direct: the creator model answered the test items itself; nothing was trained.",
    appliesTo: ({ cell }) => !sources[cell.source].trains && sources[cell.source].asksModel,
  },
  {
    text: "names (zero-shot): the answer is the label whose name or description is nearest to the text, by the cosine of the encoder's vectors; nothing was trained.",
    appliesTo: ({ cell }) => !sources[cell.source].trains && !sources[cell.source].asksModel,
  },
  {
    text: "Bag of words: trained on the same examples, but on nothing of their texts except which words stand in them (tf-idf).",
    appliesTo: ({ cell }) => cell.student.encoder === bagOfWords,
  },
  {
    column: "student_encoder",
    text: "unverified: files that are not the original's, by git blob id at the pinned commit.",
    appliesTo: ({ cell }) =>
      [cell.data, cell.test.data].some(({ kind, verified }) => kind === "benchmark" && !verified),
    forms: ["full"],
  },
  {
    column: "source",
    text: "Stale: the test file has changed since the run; its numbers are of the file as it was.",
    appliesTo: ({ cell }) => cell.stale > 0,
  },
  {
    column: "source",
    text: "repeat: a row whose seeds stand in another row with the same flags (of another recording, say) is kept apart: it is no further seed.",
    appliesTo: ({ cell }) => cell.repeat,
  },
];

function isCompared(row: CellRow): boolean {
  return listHumanDifferences(row).length > 0;
}

/** The column that a note explains; undefined: it is on the table as a whole. */
export function findNoteColumn(note: string): string | undefined {
  return notes.find(({ text }) => text === note)?.column;
}

/** The notes that a table's rows call for in one of its forms. */
export function listNotes(rows: readonly CellRow[], form: Form): string[] {
  const called = notes.filter(
    ({ forms, appliesTo }) => (forms?.includes(form) ?? true) && rows.some(appliesTo),
  );
  const apart = form === "full" ? listApart(rows) : [];
  return [...called.map(({ text }) => text), ...listDoubts(rows), ...apart];
}

/** Names the rows that say nothing of a classifier, or too much. */
function listDoubts(rows: readonly CellRow[]): string[] {
  const notBetter = rows.filter(({ cell }) => !cell.beatsConstant);
  const shared = rows.filter(
    ({ cell: { inTraining, test } }) => (inTraining ?? 0) > mostShared * test.n,
  );
  return [
    ...(notBetter.length > 0
      ? [
          `Not better than the best constant answer, or than a guess where options vary (paired permutation of the items, one-sided, 95 %): ${nameRows(notBetter)}.`,
        ]
      : []),
    ...(shared.length > 0
      ? [
          `More than ${100 * mostShared} % of the test items stand in the training data, or nearly: ${nameRows(shared)}.`,
        ]
      : []),
  ];
}

function nameRows(rows: readonly CellRow[]): string {
  const names = [...new Set(rows.map(nameRow))];
  const more = names.length > 5 ? `, and ${names.length - 5} more` : "";
  return `${names.slice(0, 5).join("; ")}${more}`;
}

/** `tree on boolq (use-lite, head)`; cross-domain with the task before it. */
function nameRow({ cell, labels }: CellRow): string {
  const name = `${labels.source} on ${labels.test} (${labels.student})`;
  return cell.task === cell.test.task ? name : `${cell.task}, ${name}`;
}

/** Names the rows that claim the same cell: a source, a classifier and a test set, with other flags or sizes. */
function listApart(rows: readonly CellRow[]): string[] {
  const claims = group(rows, nameRow);
  const several = [...claims].filter(([, { length }]) => length > 1);
  if (several.length === 0) return [];
  const named = several.slice(0, 5).map(([claim, { length }]) => `${length} rows ${claim}`);
  const more = several.length > 5 ? `, and ${several.length - 5} more` : "";
  return [
    `Never averaged, since creator, data, flags or sizes differ: ${named.join("; ")}${more}.`,
  ];
}
