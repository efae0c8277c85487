import type { TableNumber } from "./published.ts";
import type { CellRow, Row } from "./table-rows.ts";

/** A footnote, and the rows that call for it. */
interface Note {
  text: string;
  appliesTo(row: CellRow, table: TableNumber): boolean;
}

const notes: readonly Note[] = [
  {
    text: "SAMPLE: data bundled with this repository, not the benchmark; a row made of it shows that the loop works, nothing more.",
    appliesTo: ({ sample }) => sample,
  },
  {
    text: "Accuracy in percent with Wilson's 95% interval: over test items only, at the mean of the seeds; the spread between seeds is not in it.",
    appliesTo: () => true,
  },
  {
    text: "Baseline, fixed options (yes/no): always the answer most frequent in training / always the one that fits the test set best; multiple choice: chance, 1/k.",
    appliesTo: () => true,
  },
  {
    text: "†: no answer is the most frequent in training; a guess between those that are.",
    appliesTo: ({ cell }) => cell.baseline.tied,
  },
  {
    text: "+K human: so many labelled examples of the human train split, drawn with the train seed, are mixed in.",
    appliesTo: ({ cell }) => cell.train.human > 0,
  },
  {
    text: "file: trained on a user's file of examples (--created), named among the flags.",
    appliesTo: ({ cell }) => cell.source === "file",
  },
  {
    text: "Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by gpt-3.5-turbo.",
    appliesTo: ({ paper }) => paper !== null,
  },
  {
    text: "(In parentheses): the paper's figure for the real benchmark; no comparison with a sample.",
    appliesTo: ({ paper, sample }) => sample && paper !== null,
  },
  {
    text: "Paper, BioASQ and PubMedQA cross-domain: the two labels look swapped in print; the probable ones are used.",
    appliesTo: ({ cell }, table) =>
      table === 4 && [cell.task, cell.test.task].includes("yesno_open/bioasq"),
  },
  {
    text: "unverified: files that are not the original's, by git blob id at the pinned commit.",
    appliesTo: ({ cell }) => [cell.data, cell.test.data].some(isUnverified),
  },
];

/** The footnotes that a table's rows call for. */
export function toNotes(table: TableNumber, rows: readonly Row[]): string[] {
  const cells = rows.filter((row) => row.kind === "cell");
  return notes.filter((note) => cells.some((row) => note.appliesTo(row, table))).map((n) => n.text);
}

function isUnverified({ kind, verified }: CellRow["cell"]["data"]): boolean {
  return kind === "benchmark" && !verified;
}
