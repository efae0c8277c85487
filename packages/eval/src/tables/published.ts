import { createdSettings, type Source, taskNamed } from "@seedling/core/internal";
import published from "./published.json" with { type: "json" };

type Rows = Partial<Record<Source, number[]>>;

/** The pairs [trained on, tested on] of Table 3, in-domain, and of Table 4, cross-domain. */
const pairs = [...published.tasks.map((task) => [task, task]), ...published.table4.columns];

/** One of the numbers that the paper has for each task; null for other tasks. */
function findOf(task: string, numbers: readonly number[] | undefined): number | null {
  return numbers?.[published.tasks.indexOf(task)] ?? null;
}

/** The task whose accuracy by tenths of the training data is the paper's Figure 5. */
export const figure5Task = "mcqa_5/riddle_sense";

/** The paper's price, USD for 1,000 tokens. */
export const paperPrice = 0.002;

/**
 * An accuracy as the paper prints it, in percent (Lee et al. 2023, Tables 3 and 4; of Table 4's
 * labels the probable ones, see published.json).
 * @returns null where the paper has none, as for naive and for a user's folder
 */
export function publishedFigure(source: Source, trainedOn: string, testedOn: string) {
  const [inDomain, crossDomain]: Rows[] = [published.table3.rows, published.table4.rows];
  const figures = [...(inDomain?.[source] ?? []), ...(crossDomain?.[source] ?? [])];
  return figures[pairs.findIndex(([from, to]) => from === trainedOn && to === testedOn)] ?? null;
}

/** One source's accuracy minus another's, a fraction; null where the paper lacks one. */
export function publishedDifference(
  [source, other]: readonly [Source, Source],
  trainedOn: string,
  testedOn: string,
): number | null {
  const [one, two] = [source, other].map((each) => publishedFigure(each, trainedOn, testedOn));
  return one == null || two == null ? null : Number(((one - two) / 100).toFixed(6));
}

/**
 * The paper's best of its four settings, chosen on the test set, with both its percentages.
 * @returns null where the paper has no such column
 */
export function publishedBest(trainedOn: string, testedOn: string) {
  const of = (source: Source) => publishedFigure(source, trainedOn, testedOn);
  const human = of("human");
  const rows = createdSettings.map((label) => ({ label, percent: of(label) ?? -1 }));
  const best = rows.reduce((most, row) => (row.percent > most.percent ? row : most));
  if (human === null || best.percent < 0) return null;
  const gain = best.percent - human;
  /** ofHuman: as the percentages are labelled, a fraction; ofBest: as they are printed. */
  return { ...best, ofHuman: gain / human, ofBest: gain / best.percent };
}

/** What the paper's data for a task cost, USD; null where it has none. */
export function publishedCost(source: Source, task: string): number | null {
  const rows: Rows = published.table5.rows;
  return findOf(task, rows[source]);
}

/** Examples that the paper trains on, human and created alike; null for other tasks. */
export function publishedSize(task: string): number | null {
  return findOf(task, published.table3.train_size);
}

/** The paper's Figure 5: accuracy in percent by the share trained on; empty where it has no line. */
export function publishedShares(source: Source): [fraction: number, percent: number][] {
  const rows: Rows = published.figure5.rows;
  return (rows[source] ?? []).map((percent, index) => [(index + 1) / 10, percent]);
}

/**
 * Whether an accuracy in percent, as printed, is that of always giving the same answer on a test set: the
 * most frequent one, or of two answers either. The paper cuts or rounds its second digit.
 */
export function isConstant(testedOn: string, percent: number): boolean {
  const majority = findOf(testedOn, published.test_majority_accuracy);
  if (majority === null) return false;
  const isNear = (constant: number) => Math.abs(constant - percent) < 0.015;
  return isNear(majority) || (taskNamed(testedOn).optionCount === 2 && isNear(100 - majority));
}
