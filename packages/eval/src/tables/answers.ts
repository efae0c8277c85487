import {
  type CreatedSetting,
  createdSettings,
  hashValue,
  renderWhole,
} from "@seedling/core/internal";
import { groupBy } from "../statistics/aggregate.ts";
import { poolDifferences } from "../statistics/pooled.ts";
import { type AnswerJudgement, judgeAnswer, margin } from "../verdicts/judge-answer.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import { left, long, right, type Table, type TableColumn } from "./column.ts";
import { pickCreateFlags, renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderP, renderPoints } from "./numbers.ts";
import { chooseRows } from "./order.ts";
import { differenceColumns } from "./pooled.ts";
import type { CellRow, RowDifference } from "./row.ts";
import { isCreatedRow, listHumanDifferences } from "./rows.ts";

/** Do created data stand in for human data in-domain, by one creator, size, classifier and set of flags? */
export interface DomainAnswer {
  /** The setting that answers: tree where there is one. */
  source: string;
  model: string;
  student: string;
  flags: string;
  /** Created examples asked for of each task; null: about as many as its train split has. */
  size: number | null;
  sample: boolean;
  /** Against as many human examples; null where there are no such rows. */
  sameN: AnswerPart | null;
  /** Against the largest human rows, the whole train splits where these were run. */
  largest: AnswerPart | null;
  /** Every created row under these conditions, of both tables and all settings. */
  cells: string[];
}

/** Created minus human over all tasks, and the judgement. */
export interface AnswerPart {
  /** Tasks that it is the mean of. */
  tasks: number;
  mean: number;
  low: number;
  high: number;
  p: number;
  judgement: AnswerJudgement;
  /** The whole answer in one plain sentence, as text. */
  sentence: string;
}

/** Settings in the order in which they answer: the paper's own first. */
const answerOrder: Record<CreatedSetting, number> = {
  tree: 0,
  diverse: 1,
  similar: 2,
  random: 3,
  naive: 4,
};

/** What a row is compared with. */
type Against = "sameN" | "largest";

/**
 * Do created data stand in for human data in-domain? Tasks together, as random effects; for each creator,
 * student, size and set of flags one answer: real data before the sample, then the one over most tasks.
 */
export function answerInDomain(tables: readonly AccuracyTable[]): DomainAnswer[] {
  const compared = tables
    .flatMap(({ rows }) => rows)
    .filter((row) => row.kind === "cell")
    .filter((row) => isCreatedRow(row) && listHumanDifferences(row).length > 0);
  const groups = [...groupBy(compared, hashConditions).values()];
  const rank = ({ sample, sameN, largest }: DomainAnswer) =>
    (sample ? 1e6 : 0) - Math.max(sameN?.tasks ?? 0, largest?.tasks ?? 0) + (sameN ? 0 : 0.5);
  return groups.flatMap((rows) => answerFrom(rows) ?? []).sort((a, b) => rank(a) - rank(b));
}

/** What the rows of one answer have in common. */
function hashConditions(row: CellRow): string {
  const { cell, labels } = row;
  const { completions, dev } = cell;
  const flags = [renderTrainFlags(cell), pickCreateFlags(cell)];
  const like = [labels.student, completions, dev.source, flags, findSize(row), isSample(cell)];
  return hashValue(like);
}

/** Examples asked for; null at full size, which differs from task to task (a tenth may be held out). */
function findSize({
  cell: { train },
  toHuman: { largest, largestIsFull },
}: CellRow): number | null {
  const isFull = largest !== null && largestIsFull && train.target >= 0.9 * largest.against.n;
  return isFull ? null : train.target;
}

function answerFrom(rows: readonly CellRow[]): DomainAnswer | null {
  const inDomain = rows.filter(({ cell }) => cell.test.kind === "in-domain");
  const byOrder = createdSettings.toSorted((a, b) => answerOrder[a] - answerOrder[b]);
  const source = byOrder.find((one) => inDomain.some(({ role }) => role === one));
  const answering = chooseRows(
    inDomain.filter(({ role }) => role === source),
    ({ cell }) => JSON.stringify([cell.task, cell.data.mark ?? null]),
  );
  const [first] = answering;
  if (!first || !source) return null;
  const { cell, labels } = first;
  const facts = {
    source,
    model: cell.completions?.model ?? "",
    student: labels.student,
    flags: labels.flags,
    size: findSize(first),
    sample: isSample(cell),
  };
  const poolAgainst = (against: Against): AnswerPart | null => {
    const pairs = answering.flatMap((row) => {
      const difference = row.toHuman[against];
      return difference ? [{ row, difference }] : [];
    });
    return pairs.length === 0 ? null : pool(pairs, facts, against);
  };
  const cells = rows.map(({ cell: { id } }) => id);
  return { ...facts, sameN: poolAgainst("sameN"), largest: poolAgainst("largest"), cells };
}

function pool(
  pairs: readonly { row: CellRow; difference: RowDifference }[],
  facts: Pick<DomainAnswer, "source" | "size" | "sample">,
  against: Against,
): AnswerPart {
  const { mean, low, high, p } = poolDifferences(
    pairs.map(({ difference: { estimate } }) => ({ ...estimate, difference: estimate.value })),
  );
  const found = { tasks: pairs.length, mean, low, high, p, judgement: judgeAnswer({ low, high }) };
  const human =
    against === "sameN"
      ? ({ kind: "same N" } as const)
      : ({
          kind: pairs.every(({ row }) => row.toHuman.largestIsFull) ? "train split" : "largest",
          sizes: pairs.map(({ difference }) => difference.against.n),
        } as const);
  return { ...found, sentence: renderAnswer(found, facts, human) };
}

/** The answers in-domain as a table, a row against each kind of human row, and each as a sentence. */
export function createAnswerTable(answers: readonly DomainAnswer[]): Table<AnswerRow> {
  const rows = answers.flatMap((answer): AnswerRow[] => [
    ...(answer.sameN ? [{ ...answer, part: answer.sameN, against: "human, same N" }] : []),
    ...(answer.largest ? [{ ...answer, part: answer.largest, against: "human, largest" }] : []),
  ]);
  const rule = `An answer says yes where the interval stays above -${100 * margin} points, nearly where all of it lies between that and 0. Tasks are pooled as random effects (Paule and Mandel, Hartung-Knapp interval); p is of no difference, for this one answer.`;
  return {
    title: "Do created data stand in for human data, in-domain?",
    columns: answerColumns,
    rows,
    empty: "No answer yet: a created and a human row of one classifier on one in-domain test set.",
    notes: rows.length > 0 ? [...rows.map(({ part }) => part.sentence), rule] : [],
  };
}

type AnswerRow = DomainAnswer & { part: AnswerPart; against: string };

const answerColumns: readonly TableColumn<AnswerRow>[] = [
  left(
    "source",
    "Source",
    ({ source }) => source,
    ({ source, sample }) => `${source}${sample ? " SAMPLE" : ""}`,
  ),
  right("created_n", "Created N", ({ size }) => size ?? "full"),
  left("against", "Against", ({ against }) => against),
  long("model", "Creator", ({ model }) => model),
  long("student", "Classifier", ({ student }) => student),
  long("flags", "Flags", ({ flags }) => flags),
  right("tasks", "Tasks", ({ part }) => part.tasks),
  ...differenceColumns<AnswerRow>(({ part }) => part),
];

/** The human data that created data are held against, and how many examples of each task. */
export type Human =
  | { kind: "same N" }
  | { kind: "train split" | "largest"; sizes: readonly number[] };

const openings: Record<AnswerJudgement, string> = {
  better: "Yes, and more",
  yes: `Yes, within ${100 * margin} points`,
  nearly: "Nearly",
  no: "No",
  open: "Not decided",
};

/** Does created data stand in for human data here? One plain sentence that stands on its own. */
export function renderAnswer(
  { mean, low, high, p, tasks, judgement }: Omit<AnswerPart, "sentence">,
  { source, size, sample }: Pick<DomainAnswer, "source" | "size" | "sample">,
  human: Human,
): string {
  const warning = sample ? "SAMPLE, nothing about a benchmark. " : "";
  const data = `${source} data${size === null ? "" : ` (N ${renderWhole(size)})`}`;
  const over = tasks === 1 ? "one task" : `${tasks} tasks`;
  const numbers = `95 % interval ${renderPoints(low)} to ${renderPoints(high)} points, p ${renderP(p)}; ${over}`;
  return `${warning}${openings[judgement]}: in-domain, classifiers trained on ${data} are ${renderDistance(mean)} those trained on ${renderHuman(human)} (${numbers}).`;
}

function renderHuman(human: Human): string {
  if (human.kind === "same N") return "as many human examples";
  const [least, most] = [Math.min(...human.sizes), Math.max(...human.sizes)].map(renderWhole);
  const n = least === most ? `N ${least}` : `N ${least} to ${most}`;
  return human.kind === "train split"
    ? `the human train split (${n})`
    : `the largest human sets run here (${n})`;
}

function renderDistance(mean: number): string {
  const points = (100 * Math.abs(mean)).toFixed(1);
  if (points === "0.0") return "as accurate as";
  return `${points} points of accuracy ${mean < 0 ? "below" : "above"}`;
}
