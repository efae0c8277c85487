import { sourceNames, sources, taskNamed, tasks } from "@seedling/core/internal";
import { getTaskKey, type SortKey, sortBy } from "./cells.ts";
import { type GroupedCell, renderTrainFlags } from "./groups.ts";
import { areOwn, isOwn, isSample } from "./labels.ts";
import { listNotes } from "./notes.ts";
import { renderFixedPercent } from "./numbers.ts";
import { isConstant, publishedFigure } from "./published.ts";
import { type CellRow, computeRows } from "./rows.ts";

export type AccuracyTable = ReturnType<typeof computeAccuracyTable>;

/** A row of a table; without a cell a task without a cross-domain row, named so that nobody looks for it. */
export type AccuracyRow =
  | CellRow
  | { kind: "dash"; trainedOn: string; testedOn: string | null; why: string };

/** The rows of tables that have an accuracy. */
export function listCellRows(...tables: readonly Pick<AccuracyTable, "rows">[]): CellRow[] {
  return tables.flatMap(({ rows }) => rows).filter((row) => row.kind === "cell");
}

/** What each of the tables holds, and its title: of the paper's table, or where all tasks are the user's own. */
const names = {
  3: {
    kind: "in-domain",
    paper: "Table 3. In-domain accuracy",
    own: "Accuracy on the test split",
  },
  4: {
    kind: "cross-domain",
    paper: "Table 4. Cross-domain accuracy",
    own: "Accuracy on other test sets",
  },
} as const;

/** One of the paper's tables, its rows in the order of the paper's columns, then classifier and flags, then source. */
export function computeAccuracyTable(number: 3 | 4, cells: readonly GroupedCell[]) {
  const { kind, paper, own } = names[number];
  const found = computeRows(cells.filter(({ cell }) => cell.test.kind === kind));
  const title = areOwn(cells.map(({ cell }) => cell)) ? own : paper;
  const rows = sortBy<AccuracyRow>(
    number === 4 ? [...found, ...listDashRows(cells)] : found,
    getRowKey,
  );
  const cellRows = listCellRows({ rows });
  const footnotes: string[] = [];
  for (const row of cellRows) {
    const texts = oddities.flatMap((toText) => toText(row) ?? []);
    for (const text of texts) if (!footnotes.includes(text)) footnotes.push(text);
    row.footnotes = texts.map((text) => footnotes.indexOf(text));
  }
  const sample = found.some(({ cell }) => isSample(cell));
  const warning = " (contains SAMPLE rows: bundled sample data, not the benchmark)";
  return {
    number,
    title: title + (sample ? warning : ""),
    rows,
    /** Footnotes on the table as a whole. */
    notes: listNotes(cellRows, "full"),
    /** Footnotes on single numbers; a row names them by `footnotes`, indices into this list. */
    footnotes,
  };
}

/** Tasks of the paper's trained on without a partner, and partners without an evaluation. */
function listDashRows(cells: readonly GroupedCell[]): AccuracyRow[] {
  const theirs = cells.filter(({ cell }) => !isOwn(cell));
  return [...new Set(theirs.map(({ cell }) => cell.task))].flatMap((trainedOn): AccuracyRow[] => {
    const crossed = cells.filter(
      ({ cell }) => cell.task === trainedOn && cell.test.kind !== "in-domain",
    );
    const tested = new Set(crossed.map(({ cell }) => cell.test.task));
    const isBenchmark = tasks.some(({ name }) => name === trainedOn);
    const partners = isBenchmark ? taskNamed(trainedOn).partners : [];
    const dash = { kind: "dash", trainedOn } as const;
    if (partners.length === 0 && tested.size === 0)
      return [{ ...dash, testedOn: null, why: "no cross-domain partner" }];
    const missing = partners.filter((partner) => !tested.has(partner));
    return missing.map((testedOn) => ({ ...dash, testedOn, why: "not evaluated" }));
  });
}

const roles = [
  "human",
  "human, same N",
  ...sourceNames.filter((source) => !sources[source].isHuman),
];

function getRowKey(row: AccuracyRow): SortKey {
  if (row.kind === "dash") return [...getTaskKey(row.trainedOn), ...getTaskKey(row.testedOn ?? "")];
  const { cell, role, control, labels } = row;
  return [
    ...getTaskKey(cell.task),
    ...getTaskKey(cell.test.task),
    isSample(cell),
    ["benchmark", "own", "sample"].indexOf(cell.test.data.kind),
    cell.test.n,
    cell.test.sha256 ?? "",
    ["head", "full", "none"].indexOf(cell.student.tune),
    labels.student,
    renderTrainFlags(cell),
    cell.dev.source,
    control !== null,
    roles.indexOf(role),
    control ?? "",
    cell.train.human,
    role === "human" ? -cell.train.n : cell.train.target,
    cell.train.n,
    labels.origin,
    labels.flags,
    -cell.seeds,
    cell.id,
  ];
}

/** What must be known of a published number that stands in a row, one oddity each. */
const oddities: readonly ((row: CellRow) => string | null)[] = [
  ({ paper }) =>
    paper?.constant
      ? "The paper's number is that of always giving one and the same answer on this test set."
      : null,
  (row) => {
    const { cell, role, control, paper } = row;
    const human = publishedFigure("human", cell.task, cell.test.task);
    if (human === null || !isConstant(cell.test.task, human) || control !== null) return null;
    const about = `The paper's human accuracy here (${human.toFixed(2)}) is that of one constant answer`;
    if (!sources[cell.source].isHuman)
      return paper && `${about}: the paper's difference to it is one to a constant.`;
    return isSample(cell)
      ? `${about}.`
      : `${about}; ${describeReach(row)} (${role}, ${cell.train.n}).`;
  },
  ({ cell, paper }) =>
    paper !== null && swapped.includes(`${cell.task} ${cell.test.task}`)
      ? "The paper's labels of this column and of the one the other way look swapped in print (the cells are multiples of 1/140 and 1/500, the other test set's size): the probable one is used."
      : null,
  ({ cell, paper }) =>
    paper && (oddNumbers[`${cell.source} ${cell.task} ${cell.test.task}`] ?? null),
];

/** Footnotes on single numbers of the paper. */
const oddNumbers: Readonly<Record<string, string>> = {
  "tree mcqa_2/winogrande mcqa_2/winogrande":
    "The paper's 52.81 is no number of right answers: 334 and 335 of the 634 test items are 52.68 and 52.84 %.",
  "diverse mcqa_5/riddle_sense mcqa_5/csqa":
    "The paper's 42.35 is no number of right answers: 525 and 526 of the 1,241 test items are 42.30 and 42.39 %.",
  "human mcqa_5/riddle_sense mcqa_5/riddle_sense":
    "The paper's Figure 5 ends at about 54.5 for the same data, its Table 3 has 56.48.",
};

const swapped = ["yesno_open/pubmedqa yesno_open/bioasq", "yesno_open/bioasq yesno_open/pubmedqa"];

/** What human runs reach that do not give one constant answer. */
function describeReach({ cell }: CellRow): string {
  const kept = cell.seeds - cell.collapsed;
  if (kept === 0) return "all of our human runs collapsed as well";
  const reached = renderFixedPercent(cell.withoutCollapsed ?? cell.accuracy);
  return `our human runs that did not collapse (${kept} of ${cell.seeds}) reach ${reached}`;
}
