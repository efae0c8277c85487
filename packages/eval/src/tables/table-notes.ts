import { sources } from "@seedling/core/internal";
import { widestAgreement } from "../verdicts/judge-figure.ts";
import type { AccuracyRow, CellRow } from "./analysis.ts";
import { isSample } from "./labels.ts";
import { toHumanList } from "./to-rows.ts";

/** A footnote on a table as a whole, and the rows that call for it. */
interface Note {
  /** Under a table in full, in Markdown and in the report; null: nothing there. */
  full: string | null;
  /** Under a table in short, in the terminal and on a page; null: nothing there. */
  short: string | null;
  /** On a page in place of the short text. */
  page?: string;
  appliesTo(row: CellRow): boolean;
}

const notes: readonly Note[] = [
  alike(
    "SAMPLE: data bundled with this repository, not the benchmark; a row made of it shows that the loop works, nothing more.",
    ({ cell }) => isSample(cell),
  ),
  {
    full: "Accuracy in percent, the mean over seeds. 95 % interval, one run, or seeds that all answer alike (=): Wilson's over test items, Clopper and Pearson's exact one beside it; the seed variance is unknown.",
    short:
      "acc %: accuracy, and Wilson's 95 % interval over test items; of one run the seed variance is unknown.",
    appliesTo: ({ cell }) => cell.method === "wilson",
  },
  {
    full: "Accuracy in percent, the mean over seeds. 95 % interval, several seeds: t, items and seeds both sampled.",
    short: "acc %: mean accuracy over seeds, and its 95 % interval: items and seeds both sampled.",
    appliesTo: ({ cell }) => cell.method === "mixed",
  },
  alike(
    "=: all seeds right and wrong on the same items, as of a head that is fitted to its optimum: they are no more than one run.",
    ({ cell }) => cell.sameAnswers,
  ),
  {
    full: "Train N such as 11 of 450: creation stopped short of what was asked for.",
    short: "N such as 11/450: creation stopped short of what was asked for.",
    appliesTo: ({ cell }) => cell.train.n < cell.train.target,
  },
  {
    full: "Collapsed: runs that gave one answer for everything, kept in the mean; the mean without them stands beside it, unless all did.",
    short:
      "1c, 2c: so many runs collapsed to one answer for everything; they are kept in the mean.",
    page: "1c, 2c: so many runs collapsed to one answer for everything; they are kept in the mean, and in brackets stands the mean without them, unless all did.",
    appliesTo: ({ cell }) => cell.collapsed > 0,
  },
  {
    full: "Baseline, fixed options (yes/no): always the answer most frequent in training / always the one that fits the test set best; multiple choice: chance, 1/k.",
    short: null,
    appliesTo: () => true,
  },
  {
    full: "†: no answer is the most frequent in training; a guess between those that are.",
    short: null,
    appliesTo: ({ cell }) => cell.baseline.tied,
  },
  {
    full: "Minus human: points over human rows of the same student on the same test items, paired: over the one at the same N, and over the largest (at the N named); with 95 % interval. *: p < 0.05 after Holm's adjustment over all these differences of the table (single runs, and seeds that all answer alike: McNemar, exact; several seeds: the larger p of a paired permutation and a t test).",
    short:
      "minus human: points over the human row of that N, on the same test items, with a 95 % interval; p: adjusted (Holm) for all these differences of the table.",
    appliesTo: isCompared,
  },
  {
    full: "MDE, minimum detectable effect: the smallest true difference found at this n with 80 % power at 5 %.",
    short: null,
    page: "MDE, minimum detectable effect: the smallest true difference found at this n with 80 % power at 5 %.",
    appliesTo: isCompared,
  },
  {
    full: "Claim: whether our difference (created minus human) has the sign of the paper's. holds and contradicted go by the 95 % interval of this one difference, while p is adjusted for all of the table: either can stand beside a p above 0.05. undecided: the interval includes 0; underpowered: it does, and the paper's own difference is below our MDE.",
    short:
      "Verdict on a difference: whether it has the sign of the paper's, beside it. holds and contradicted go by its own 95 % interval, while p is adjusted for all of the table: either can stand beside a p above 0.05. undecided: the interval includes 0; underpowered: it does, and the paper's difference is too small to be found here.",
    appliesTo: (row) => toHumanList(row).some(({ verdict }) => verdict !== null),
  },
  {
    full: "Tree: the same against each other created setting of its row.",
    short: null,
    page: "minus random, and the like: the same against another created setting; no adjusted p.",
    appliesTo: ({ toSettings }) => toSettings.length > 0,
  },
  {
    full: `Figure: whether the paper's figure lies in our 95 % prediction interval for one further run. agrees: it does; higher, lower: ours is; underpowered: it does, but the interval is wider than ${100 * widestAgreement} points either way.`,
    short: `Verdict on a row: whether the paper's figure lies in our 95 % prediction interval for one further run. agrees: it does; higher, lower: ours is; underpowered: it does, but the interval is wider than ${100 * widestAgreement} points either way.`,
    appliesTo: ({ paper }) => paper !== null && paper.verdict !== null,
  },
  {
    full: "Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by gpt-3.5-turbo; very probably one run a cell. What differs here stands beside each row and rules nothing out.",
    short:
      "Paper: RoBERTa-large, fully tuned, full train size, created by gpt-3.5-turbo; one run a cell.",
    page: "Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by gpt-3.5-turbo; very probably one run a cell.",
    appliesTo: ({ paper }) => paper !== null,
  },
  alike(
    "(In parentheses): the paper's figure for the real benchmark; no comparison with a sample.",
    ({ cell, paper }) => isSample(cell) && paper !== null,
  ),
  {
    full: "human, same N: as many human examples as a created row beside it was trained on.",
    short: null,
    appliesTo: ({ role }) => role === "human, same N",
  },
  alike(
    "+K human: so many labelled examples of the human train split, drawn with the train seed, are mixed in.",
    ({ cell }) => cell.train.human > 0,
  ),
  {
    full: "file: trained on a user's file of examples (--created), named among the flags.",
    short: null,
    appliesTo: ({ cell }) => sources[cell.source].isFile,
  },
  alike(
    "direct: the creator model answered the test items itself; nothing was trained.",
    ({ cell }) => !sources[cell.source].trains,
  ),
  {
    full: "unverified: files that are not the original's, by git blob id at the pinned commit.",
    short: null,
    appliesTo: ({ cell }) => [cell.data, cell.test.data].some(isUnverified),
  },
  alike(
    "Stale: the test file has changed since the run; its figures are of the file as it was.",
    ({ cell }) => cell.stale > 0,
  ),
  alike(
    "A row that repeats seeds of another row with the same flags (of another recording, say) is kept apart: it is no further seed.",
    ({ cell }) => cell.repeat,
  ),
];

/** A note that is the same everywhere. */
function alike(text: string, appliesTo: Note["appliesTo"]): Note {
  return { full: text, short: text, appliesTo };
}

function isCompared(row: CellRow): boolean {
  return toHumanList(row).length > 0;
}

/** The footnotes that a table's rows call for, in full. */
export function toNotes(rows: readonly AccuracyRow[]): string[] {
  const full = toCalled(rows).flatMap((note) => note.full ?? []);
  return [...full, ...toApartNote(rows.filter(isCell))];
}

/** Those under a table in short, in a terminal. */
export function toTerminalNotes(rows: readonly AccuracyRow[]): string[] {
  return toCalled(rows).flatMap(({ short }) => short ?? []);
}

/** Those under a table in short, on a page. */
export function toPageNotes(rows: readonly AccuracyRow[]): string[] {
  return toCalled(rows).flatMap(({ short, page }) => page ?? short ?? []);
}

function toCalled(rows: readonly AccuracyRow[]): Note[] {
  const cells = rows.filter(isCell);
  return notes.filter((note) => cells.some((row) => note.appliesTo(row)));
}

function isCell(row: AccuracyRow): row is CellRow {
  return row.kind === "cell";
}

/** Says which rows claim the same cell: a source, a student and a test set, with other flags or sizes. */
function toApartNote(rows: readonly CellRow[]): string[] {
  const claims = new Map<string, number>();
  for (const { cell, labels } of rows) {
    const name = `${labels.source} on ${labels.test} (${labels.student})`;
    const claim = cell.task === cell.test.task ? name : `${cell.task}, ${name}`;
    claims.set(claim, (claims.get(claim) ?? 0) + 1);
  }
  const doubled = [...claims].filter(([, n]) => n > 1).map(([claim, n]) => `${n} rows ${claim}`);
  if (doubled.length === 0) return [];
  const shown = doubled.slice(0, 5);
  const more = doubled.length > 5 ? `, and ${doubled.length - 5} more` : "";
  return [
    `Never averaged, since creator, data, flags or sizes differ: ${shown.join("; ")}${more}.`,
  ];
}

function isUnverified({ kind, verified }: CellRow["cell"]["data"]): boolean {
  return kind === "benchmark" && !verified;
}
