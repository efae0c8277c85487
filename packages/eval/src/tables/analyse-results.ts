import type { Results } from "../results/results.ts";
import type { Analysis } from "./analysis.ts";
import { answerInDomain } from "./answers.ts";
import { chooseBest } from "./best.ts";
import { computeCells } from "./cells.ts";
import { computeComponents } from "./components.ts";
import { findControls } from "./controls.ts";
import { computeEquivalents } from "./equivalents.ts";
import { computeFigure5 } from "./figure5.ts";
import { isPart } from "./groups.ts";
import { isSample } from "./labels.ts";
import { groupCells } from "./placed.ts";
import { answerOutOfDomain } from "./pooled.ts";
import { computeAccuracyTable } from "./table.ts";
import { computeCosts } from "./table5.ts";

/**
 * Results -> everything that is shown of them. The same results give the same view, in whatever order
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
    footers: toFooters(
      results,
      cells.reduce((sum, { cell }) => sum + cell.stale, 0),
    ),
    failures: results.failures,
    leftOut: results.leftOut,
  };
}

function toFooters(
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
