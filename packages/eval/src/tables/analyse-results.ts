import type { Results } from "../results/results.ts";
import type { Analysis } from "./analysis.ts";
import { toAnswers } from "./answers.ts";
import { toBest } from "./best.ts";
import { toCells } from "./cells.ts";
import { toComponents } from "./components.ts";
import { toControls } from "./controls.ts";
import { toEquivalents } from "./equivalents.ts";
import { toFigure5 } from "./figure5.ts";
import { isPart } from "./groups.ts";
import { isSample } from "./labels.ts";
import { placeCells } from "./placed.ts";
import { toPooled } from "./pooled.ts";
import { toTable } from "./table.ts";
import { toTable5 } from "./table5.ts";

/**
 * Results -> everything that is shown of them. The same results give the same view, in whatever order
 * they come.
 */
export function analyseResults(results: Results): Analysis {
  const cells = toCells(results.evaluations);
  const placed = placeCells(cells.filter(({ cell }) => !isPart(cell)));
  const tables = { 3: toTable(3, placed), 4: toTable(4, placed) };
  const both = [tables[3], tables[4]];
  return {
    tables,
    table5: toTable5(results.creations),
    figure5: toFigure5(cells),
    controls: both.flatMap((table) => toControls(table, placed)),
    answers: toAnswers(both),
    pooled: toPooled(tables[4]),
    equivalents: toEquivalents(both, cells),
    components: toComponents(both),
    best: both.flatMap(toBest),
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
