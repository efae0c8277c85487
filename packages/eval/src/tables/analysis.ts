import { renderCount } from "@seedling/core/internal";
import type { Results } from "../results/results.ts";
import { computeAccuracyTable, listCellRows } from "./accuracy-table.ts";
import { answerInDomain } from "./answers.ts";
import { chooseBest } from "./best.ts";
import { computeCells } from "./cells.ts";
import { computeComponents } from "./components.ts";
import { findControls } from "./controls.ts";
import { answerFromFiles, compareFiles } from "./created-files.ts";
import { computeEquivalents } from "./equivalents.ts";
import { computeFigure5 } from "./figure5.ts";
import { groupCells, isPart } from "./groups.ts";
import { areOwn, isOwn, isSample } from "./labels.ts";
import { compareMethods } from "./methods.ts";
import { answerOutOfDomain } from "./pooled.ts";
import type { CellRow } from "./rows.ts";
import { computeCosts } from "./table5.ts";

/**
 * Everything that the tables and the report show, computed once; plain data, JSON throughout. Accuracies,
 * differences and their intervals are fractions in [0, 1] ([-1, 1]) unless a name says percent.
 */
export type Analysis = ReturnType<typeof analyseResults>;

/**
 * Computes everything that is shown of results. The same results give the same analysis, in whatever order
 * they come.
 */
export function analyseResults(results: Results) {
  const { evaluations, trainings, creations, failures, leftOut } = results;
  const cells = computeCells(evaluations);
  const placed = groupCells(cells.filter(({ cell }) => !isPart(cell)));
  const tables = { 3: computeAccuracyTable(3, placed), 4: computeAccuracyTable(4, placed) };
  const rows = listCellRows(tables[3], tables[4]);
  // The paper's questions are not asked of a user's own task.
  const isOfBenchmark = ({ cell }: CellRow) => !isOwn(cell);
  const benchmarkRows = rows.filter(isOfBenchmark);
  const files = compareFiles(placed, evaluations);
  const stale = cells.reduce((total, { cell }) => total + cell.stale, 0);
  const made = [
    evaluations.length > 0 && renderCount(evaluations.length, "evaluation"),
    creations.length > 0 && renderCount(creations.length, "creation"),
  ].filter(Boolean);
  return {
    tables,
    table5: computeCosts(creations),
    figure5: computeFigure5(cells.map(({ cell }) => cell)),
    controls: findControls(rows, placed),
    /** Ways of creating side by side, where creations were asked for by their tokens. */
    methods: compareMethods(cells, results),
    /** Over all tasks in-domain: do created data stand in for human data? The one that answers best first. */
    answers: answerInDomain(benchmarkRows),
    /** Over all cross-domain pairs: are created data better than human data? `tree` first. */
    pooled: answerOutOfDomain(benchmarkRows),
    equivalents: computeEquivalents(rows, cells),
    components: computeComponents(rows),
    /** Examples of `--created` beside as many human ones, label by label, and what the source of `external` claims of such. */
    files: { comparisons: files, answers: answerFromFiles(files) },
    best: ([3, 4] as const).flatMap((number) =>
      chooseBest({ number, rows: listCellRows(tables[number]).filter(isOfBenchmark) }),
    ),
    /** What each experiment that runs were made for says of itself, and of what differs from the paper. */
    about: results.experiments.map(({ name, about }) => `Experiment ${name}: ${about}`),
    /** Whether all of it is of tasks of the user's own, of which the paper has nothing to say. */
    own: areOwn([...evaluations, ...trainings, ...creations].map(({ manifest }) => manifest)),
    /** Whether any row is made of the bundled sample; whether any is a replay. */
    sample: cells.some(({ cell }) => isSample(cell)),
    replay: cells.some(({ cell }) => cell.completions?.kind === "replay"),
    /** Plain sentences on what was counted and left out. */
    footers: [
      made.length > 0 && `Made of ${made.join(" and ")}.`,
      leftOut.length > 0 && `${renderCount(leftOut.length, "file")} left out, named below.`,
      failures.length > 0 && `${renderCount(failures.length, "run")} failed, named below.`,
      stale > 0 && `${renderCount(stale, "evaluation")} stale: the test file has changed since.`,
    ].filter((line) => line !== false),
    failures,
    leftOut,
  };
}
