import type { Failure, LeftOut, Results } from "../results/results.ts";
import { type AccuracyTable, computeAccuracyTable } from "./accuracy-table.ts";
import { answerInDomain, type DomainAnswer } from "./answers.ts";
import { type Best, chooseBest } from "./best.ts";
import { computeCells } from "./cells.ts";
import { type Components, computeComponents } from "./components.ts";
import { type Control, findControls } from "./controls.ts";
import { computeEquivalents, type Equivalent } from "./equivalents.ts";
import { computeFigure5, type Figure5 } from "./figure5.ts";
import { groupCells, isPart } from "./groups.ts";
import { isSample } from "./labels.ts";
import { answerOutOfDomain, type Pooled } from "./pooled.ts";
import { computeCosts, type Table5 } from "./table5.ts";

/**
 * Everything that the tables and the report show, computed once; plain data, JSON throughout. Accuracies,
 * differences and their intervals are fractions in [0, 1] ([-1, 1]) unless a name says percent.
 */
export interface Analysis {
  /** 3: in-domain; 4: cross-domain. */
  tables: { 3: AccuracyTable; 4: AccuracyTable };
  table5: Table5;
  figure5: Figure5;
  /** Rows of the tables that control another row. */
  controls: Control[];
  /** Over all tasks in-domain: do created data stand in for human data? The one that answers best first. */
  answers: DomainAnswer[];
  /** Over all cross-domain pairs: are created data better than human data? `tree` first. */
  pooled: Pooled[];
  /** The human-equivalent N of each created set. */
  equivalents: Equivalent[];
  /** Where the variance between runs comes from. */
  components: Components[];
  /** The best created setting, and the best encoder, chosen on dev; and the ones that the test set chooses. */
  best: Best[];
  /** What each experiment that runs were made for says of itself, and of what differs from the paper. */
  about: string[];
  /** Whether any row is made of the bundled sample; whether any is a replay. */
  sample: boolean;
  replay: boolean;
  /** Plain sentences on what was counted and left out. */
  footers: string[];
  failures: Failure[];
  leftOut: LeftOut[];
}

/**
 * Computes everything that is shown of results. The same results give the same analysis, in whatever order
 * they come.
 */
export function analyseResults(results: Results): Analysis {
  const cells = computeCells(results.evaluations);
  const placed = groupCells(cells.filter(({ cell }) => !isPart(cell)));
  const tables = { 3: computeAccuracyTable(3, placed), 4: computeAccuracyTable(4, placed) };
  const both = [tables[3], tables[4]];
  return {
    tables,
    table5: computeCosts(results.creations),
    figure5: computeFigure5(cells),
    controls: both.flatMap((table) => findControls(table, placed)),
    answers: answerInDomain(both),
    pooled: answerOutOfDomain(tables[4]),
    equivalents: computeEquivalents(both, cells),
    components: computeComponents(both),
    best: both.flatMap(chooseBest),
    about: results.experiments.map(({ name, about }) => `Experiment ${name}: ${about}`),
    sample: cells.some(({ cell }) => isSample(cell)),
    replay: cells.some(({ cell }) => cell.completions?.kind === "replay"),
    footers: listFooters(
      results,
      cells.reduce((sum, { cell }) => sum + cell.stale, 0),
    ),
    failures: results.failures,
    leftOut: results.leftOut,
  };
}

function listFooters(
  { evaluations, creations, failures, leftOut }: Results,
  stale: number,
): string[] {
  const lines: string[] = [];
  const made = [
    ...(evaluations.length > 0 ? [count(evaluations.length, "evaluation")] : []),
    ...(creations.length > 0 ? [count(creations.length, "creation")] : []),
  ];
  if (made.length > 0) lines.push(`Made of ${made.join(" and ")}.`);
  if (leftOut.length > 0) lines.push(`${count(leftOut.length, "file")} left out, named below.`);
  if (failures.length > 0) lines.push(`${count(failures.length, "run")} failed, named below.`);
  if (stale > 0)
    lines.push(`${count(stale, "evaluation")} stale: the test file has changed since.`);
  return lines;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
