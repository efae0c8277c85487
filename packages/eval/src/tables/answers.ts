import { hashValue, renderWhole } from "@seedling/core/internal";
import { group } from "d3-array";
import { poolDifferences } from "../statistics/pooled.ts";
import { judgeAnswer, margin } from "../verdicts/verdicts.ts";
import { chooseRows, sortBy } from "./cells.ts";
import { long, right, type Table } from "./column.ts";
import { pickCreateFlags, renderTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderP, renderPoints } from "./numbers.ts";
import { createPooledColumns } from "./pooled.ts";
import { type CellRow, isCreatedRow, listHumanDifferences } from "./rows.ts";

/** Do created data stand in for human data in-domain, by one creator, size, classifier and set of flags? */
export type DomainAnswer = NonNullable<ReturnType<typeof answerFrom>>;

/** Settings in the order in which they answer: the paper's own first. */
const answerOrder = [
  "tree",
  "diverse",
  "similar",
  "random",
  "naive",
  "attributes",
  "feedback",
] as const;

/**
 * Do created data stand in for human data in-domain? Tasks together, as random effects; for each creator,
 * student, size and set of flags one answer: real data before the sample, then the one over most tasks.
 * @param rows of both tables
 */
export function answerInDomain(rows: readonly CellRow[]): DomainAnswer[] {
  const compared = rows.filter((row) => isCreatedRow(row) && listHumanDifferences(row).length > 0);
  const groups = [...group(compared, hashConditions).values()];
  return sortBy(
    groups.flatMap((rows) => answerFrom(rows) ?? []),
    ({ sample, sameN, largest }) => [
      sample,
      -Math.max(sameN?.tasks ?? 0, largest?.tasks ?? 0),
      sameN === null,
    ],
  );
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
function findSize({ cell: { train }, toHuman }: CellRow): number | null {
  const { largest, largestIsFull } = toHuman;
  const isFull = largest !== null && largestIsFull && train.target >= 0.9 * largest.against.n;
  return isFull ? null : train.target;
}

function answerFrom(rows: readonly CellRow[]) {
  const inDomain = rows.filter(({ cell }) => cell.test.kind === "in-domain");
  const source = answerOrder.find((one) => inDomain.some(({ role }) => role === one));
  const answering = chooseRows(
    inDomain.filter(({ role }) => role === source),
    ({ cell }) => JSON.stringify([cell.task, cell.data.mark ?? null]),
  );
  const [first] = answering;
  if (!first || !source) return null;
  const { cell, labels } = first;
  return {
    /** The setting that answers: tree where there is one. */
    source,
    model: cell.completions?.model ?? "",
    student: labels.student,
    flags: labels.flags,
    /** Created examples asked for of each task; null: about as many as its train split has. */
    size: findSize(first),
    sample: isSample(cell),
    /** Against as many human examples; null where there are no such rows. */
    sameN: poolTasks(answering, "sameN"),
    /** Against the largest human rows, the whole train splits where these were run. */
    largest: poolTasks(answering, "largest"),
    /** Every created row under these conditions, of both tables and all settings. */
    cells: rows.map(({ cell: { id } }) => id),
  };
}

/** Created minus human over all tasks, and the judgement; null where no task has such a difference. */
function poolTasks(rows: readonly CellRow[], against: "sameN" | "largest") {
  const compared = rows.filter(({ toHuman }) => toHuman[against] !== null);
  const [first] = compared;
  if (!first) return null;
  const differences = compared.flatMap(({ toHuman }) => toHuman[against] ?? []);
  const { mean, low, high, p } = poolDifferences(differences.map(({ estimate }) => estimate));
  const tasks = compared.length;
  const learned = differences.filter((difference) => difference.learned).length;
  const judgement = judgeAnswer({ low, high }, learned / tasks);
  const size = findSize(first);
  const warning = isSample(first.cell) ? "SAMPLE, nothing about a benchmark. " : "";
  const data = `${first.cell.source} data${size === null ? "" : ` (N ${renderWhole(size)})`}`;
  const human = against === "sameN" ? "as many human examples" : describeLargest(compared);
  const over = (tasks === 1 ? "one task" : `${tasks} tasks`) + describeIdle(tasks - learned, tasks);
  const isOpen = judgement === "open";
  const distance = isOpen ? "may be better or worse than" : `are ${renderDistance(mean)}`;
  const measured = isOpen ? `${renderPoints(mean)} points of accuracy, ` : "";
  const numbers = `${measured}95 % interval ${renderPoints(low)} to ${renderPoints(high)} points, p ${renderP(p)}; ${over}`;
  const sentence = `${warning}${openings[judgement]}: in-domain, classifiers trained on ${data} ${distance} those trained on ${human} (${numbers}).`;
  /**
   * `tasks` that it is the mean of, and on how many of them one of the two is better than the constant answer;
   * `sentence`: the whole answer, plain, standing on its own.
   */
  return { tasks, learned, mean, low, high, p, judgement, sentence };
}

function describeIdle(idle: number, tasks: number): string {
  if (idle === 0) return "";
  const where = tasks === 1 ? ", where" : `, on ${idle} of which`;
  return `${where} neither is better than the constant answer`;
}

/** When an answer is neither of those, as the notes beside it say. */
export const idleNote =
  "neither can be told where on most tasks no classifier of the two is better than the constant answer";

const openings: Record<ReturnType<typeof judgeAnswer>, string> = {
  better: "Yes, and more",
  yes: `Yes, within ${100 * margin} points`,
  nearly: "Nearly",
  no: "No",
  open: "Not decided",
  idle: "Cannot be told",
};

/** The largest human sets that rows are compared with, and how many examples of each task. */
function describeLargest(rows: readonly CellRow[]): string {
  const sizes = rows.flatMap(({ toHuman }) => toHuman.largest?.against.n ?? []);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)].map(renderWhole);
  const n = least === most ? `N ${least}` : `N ${least} to ${most}`;
  return rows.every(({ toHuman }) => toHuman.largestIsFull)
    ? `the human train split (${n})`
    : `the largest human sets run here (${n})`;
}

function renderDistance(mean: number): string {
  const points = (100 * Math.abs(mean)).toFixed(1);
  if (points === "0.0") return "as accurate as";
  return `${points} points of accuracy ${mean < 0 ? "below" : "above"}`;
}

type AnswerRow = DomainAnswer & { part: NonNullable<DomainAnswer["sameN"]>; against: string };

/** The answers in-domain as a table, a row against each kind of human row, and each as a sentence. */
export function createAnswerTable(answers: readonly DomainAnswer[]): Table<AnswerRow> {
  const rows = answers.flatMap((answer): AnswerRow[] => [
    ...(answer.sameN ? [{ ...answer, part: answer.sameN, against: "human, same N" }] : []),
    ...(answer.largest ? [{ ...answer, part: answer.largest, against: "human, largest" }] : []),
  ]);
  return {
    title: "Do created data stand in for human data, in-domain?",
    columns: createPooledColumns<AnswerRow>(({ part }) => part, {
      creator: long("model", "Creator", ({ model }) => model),
      counted: right("tasks", "Tasks", ({ part }) => part.tasks),
    }),
    rows,
    empty: "No answer yet: a created and a human row of one classifier on one in-domain test set.",
    notes: [
      ...rows.map(({ part }) => part.sentence),
      `An answer says yes where the interval stays above -${100 * margin} points, nearly where all of it lies between that and 0; ${idleNote}. Tasks are pooled as random effects (Paule and Mandel, Hartung-Knapp interval); p is of no difference, for this one answer.`,
    ],
  };
}
