import { widestAgreement } from "../verdicts/judge-figure.ts";
import { isSample } from "./labels.ts";
import { toHumanList } from "./to-rows.ts";
import type { CellRow, Row } from "./view.ts";

/** A footnote on a table as a whole, and the rows that call for it. */
interface Note {
  text: string;
  /** A shorter text for the terminal, or false: it stands in the files alone. */
  terminal: string | boolean;
  appliesTo(row: CellRow): boolean;
}

const notes: readonly Note[] = [
  {
    text: "SAMPLE: data bundled with this repository, not the benchmark; a row made of it shows that the loop works, nothing more.",
    terminal: true,
    appliesTo: ({ cell }) => isSample(cell),
  },
  {
    text: "Accuracy in percent, the mean over seeds. 95 % interval, one run: Wilson's over test items, Clopper and Pearson's exact one beside it; the seed variance is unknown.",
    terminal:
      "acc %: accuracy, and Wilson's 95 % interval over test items; of one run the seed variance is unknown.",
    appliesTo: ({ cell }) => cell.seeds === 1,
  },
  {
    text: "Accuracy in percent, the mean over seeds. 95 % interval, several seeds: t, items and seeds both sampled.",
    terminal:
      "acc %: mean accuracy over seeds, and its 95 % interval: items and seeds both sampled.",
    appliesTo: ({ cell }) => cell.seeds > 1,
  },
  {
    text: "=: all seeds right and wrong on the same items, as of a head that is fitted to its optimum: they are no more than one run.",
    terminal: true,
    appliesTo: ({ cell }) => cell.sameAnswers,
  },
  {
    text: "Train N such as 11 of 450: creation stopped short of what was asked for.",
    terminal: "N such as 11/450: creation stopped short of what was asked for.",
    appliesTo: ({ cell }) => cell.train.n < cell.train.target,
  },
  {
    text: "Collapsed: runs that gave one answer for everything, kept in the mean; in brackets the mean without them.",
    terminal: "c: runs that collapsed to one answer, kept in the mean.",
    appliesTo: ({ cell }) => cell.collapsed > 0,
  },
  {
    text: "Baseline, fixed options (yes/no): always the answer most frequent in training / always the one that fits the test set best; multiple choice: chance, 1/k.",
    terminal: false,
    appliesTo: () => true,
  },
  {
    text: "†: no answer is the most frequent in training; a guess between those that are.",
    terminal: false,
    appliesTo: ({ cell }) => cell.baseline.tied,
  },
  {
    text: "Minus human: points over the human row of the same student at the same N, else at the N named, with its 95 % interval (same test items, paired). *: p < 0.05 after Holm's adjustment within the table (single runs: McNemar, exact; several seeds: the larger p of a paired permutation and a t test).",
    terminal:
      "-human: points over the human row at the same N, else the largest. *: p < 0.05, adjusted (Holm).",
    appliesTo: (row) => toHumanList(row).length > 0,
  },
  {
    text: "MDE, minimum detectable effect: the smallest true difference found at this n with 80 % power at 5 %.",
    terminal: false,
    appliesTo: (row) => toHumanList(row).length > 0,
  },
  {
    text: "Claim: has our difference the sign of the paper's (created minus human)? undecided: our interval includes 0; weak: the paper's own difference is below our MDE.",
    terminal:
      "claim: has it the paper's sign? weak: undecided, and the paper's difference is below what would be found.",
    appliesTo: (row) => toHumanList(row).some(({ verdict }) => verdict !== null),
  },
  {
    text: "Tree: the same against each other created setting of its row.",
    terminal: false,
    appliesTo: ({ toSettings }) => toSettings.some(({ verdict }) => verdict !== null),
  },
  {
    text: `Figure: lies the paper's figure in our 95 % prediction interval for one further run? agrees; higher, lower: ours is; underpowered: it does, but the interval is wider than ${100 * widestAgreement} points either way.`,
    terminal:
      "paper: its figure; higher, lower: ours is, by our 95 % interval for one more run; weak: that interval is too wide to say.",
    appliesTo: ({ paper }) => paper !== null && paper.verdict !== null,
  },
  {
    text: "Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by gpt-3.5-turbo; very probably one run a cell. What differs here stands beside each row and rules nothing out.",
    terminal:
      "Paper: RoBERTa-large, fully tuned, full train size, created by gpt-3.5-turbo; one run a cell.",
    appliesTo: ({ paper }) => paper !== null,
  },
  {
    text: "(In parentheses): the paper's figure for the real benchmark; no comparison with a sample.",
    terminal: true,
    appliesTo: ({ cell, paper }) => isSample(cell) && paper !== null,
  },
  {
    text: "human, same N: as many human examples as a created row beside it was trained on.",
    terminal: false,
    appliesTo: ({ role }) => role === "human, same N",
  },
  {
    text: "+K human: so many labelled examples of the human train split, drawn with the train seed, are mixed in.",
    terminal: true,
    appliesTo: ({ cell }) => cell.train.human > 0,
  },
  {
    text: "file: trained on a user's file of examples (--created), named among the flags.",
    terminal: false,
    appliesTo: ({ cell }) => cell.source === "file",
  },
  {
    text: "direct: the creator model answered the test items itself; nothing was trained.",
    terminal: true,
    appliesTo: ({ cell }) => cell.source === "direct",
  },
  {
    text: "unverified: files that are not the original's, by git blob id at the pinned commit.",
    terminal: false,
    appliesTo: ({ cell }) => [cell.data, cell.test.data].some(isUnverified),
  },
  {
    text: "Stale: the test file has changed since the run; its figures are of the file as it was.",
    terminal: true,
    appliesTo: ({ cell }) => cell.stale > 0,
  },
  {
    text: "A row that repeats seeds of another row with the same flags (of another recording, say) is kept apart: it is no further seed.",
    terminal: true,
    appliesTo: ({ cell }) => cell.repeat,
  },
];

/** The footnotes that a table's rows call for. */
export function toNotes(rows: readonly Row[]): string[] {
  return [...toCalled(rows).map(({ text }) => text), ...toApartNote(rows.filter(isCell))];
}

/** Those of them that a terminal shows, some in short. */
export function toTerminalNotes(rows: readonly Row[]): string[] {
  return toCalled(rows).flatMap(({ text, terminal }) =>
    typeof terminal === "string" ? terminal : terminal ? text : [],
  );
}

function toCalled(rows: readonly Row[]): Note[] {
  const cells = rows.filter(isCell);
  return notes.filter((note) => cells.some((row) => note.appliesTo(row)));
}

function isCell(row: Row): row is CellRow {
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
