import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  type Run,
  readFailure,
  renderCount,
  renderTotal,
  renderWhole,
  type Stage,
  sources,
  toCreationFolder,
  toEvaluationFolder,
  toResultPath,
  toRunName,
  toTrainingFolder,
} from "@seedling/core/internal";
import { planOffline } from "@seedling/trainer/internal";
import { renderTerminal } from "../render/terminal.ts";
import { pickResults } from "../results/pick-results.ts";
import { writeExperimentNote } from "../results/results.ts";
import { analyseResults } from "../tables/analysis.ts";
import { listClassifiers, listHeadlines, listNext, renderEnding } from "./ending.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { planEvaluations } from "./plan-evaluations.ts";
import { hasAny, writeTables } from "./write-tables.ts";

/** The third stage: classifiers and test sets -> tables and a report. */
export const evalStage: Stage = {
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  forecast: printEvaluationPlan,
  open: (_, ctx) => (run) => evaluateRun(run, ctx),
  /**
   * Makes the tables and the report of everything in the results folder, prints those of this invocation's runs,
   * lists what failed of them, and ends with numbers, files and what to do next. What an experiment says of
   * itself stays in the results folder with what it brought there.
   */
  async close(runs, { results: dir, experiment }, { log }, about) {
    if (experiment !== null && about !== null && runs.some(isEvaluated))
      writeExperimentNote(dir, {
        version: 1,
        name: experiment,
        about: [about, ...describeSample(runs)].join(" "),
      });
    const { results, files } = await writeTables(dir);
    const own = pickResults(results, listFolders(runs, dir), experiment);
    const view = analyseResults(own);
    if (hasAny(own)) log(`\n${renderTerminal(view).trimEnd()}`);
    const failures = (await Promise.all(runs.map(listFailures))).flat();
    for (const line of failures) log(line);
    const others = results.evaluations.length - own.evaluations.length;
    const more =
      others > 0
        ? [
            `They also have ${renderCount(others, "evaluation")} of other commands, not printed here.`,
          ]
        : [];
    const ending = renderEnding({
      numbers: listHeadlines(view.tables[3], runs, own),
      files: hasAny(results)
        ? [...files, ...more, ...listClassifiers(runs)]
        : listClassifiers(runs),
      next: listNext(runs, own),
    });
    for (const line of ending) log(line);
    return failures.length > 0 ? 1 : 0;
  },
};

/** The folders of every stage of runs, relative to the results folder. */
function listFolders(runs: readonly Run[], results: string): Set<string> {
  const folders = runs.flatMap((run) => [
    toCreationFolder(run),
    toTrainingFolder(run),
    ...run.tests.map((test) => toEvaluationFolder(run, test)),
  ]);
  return new Set(folders.map((folder) => toResultPath(results, folder)));
}

/** On the sample its recordings' values stand in for the experiment's own. */
function describeSample(runs: readonly Run[]): string[] {
  if (!runs.some(({ completions }) => completions?.kind === "sample")) return [];
  const counted = renderCount(runs.length, "run");
  return [`On the sample: ${counted} here, with the examples and seeds that its recordings have.`];
}

function isEvaluated(run: Run): boolean {
  return run.tests.some((test) => existsSync(join(toEvaluationFolder(run, test), endings.done)));
}

async function listFailures(run: Run): Promise<string[]> {
  const stages = [
    ["creation", toCreationFolder(run)],
    ["training", toTrainingFolder(run)],
    ...run.tests.map((test) => [`test on ${test.name}`, toEvaluationFolder(run, test)]),
  ] as const;
  const failures = await Promise.all(
    stages.map(async ([stage, folder]) => [stage, await readFailure(folder ?? "")] as const),
  );
  const first = failures.find(([, failure]) => failure !== null);
  return first ? [`FAILED ${toRunName(run)}, ${first[0]}: ${first[1]}`] : [];
}

/**
 * Prints how many test sets are to be answered, and which cannot be. That takes little but for frozen
 * encoders, whose time for them is in the trainer's plan.
 */
export async function printEvaluationPlan(runs: readonly Run[], ctx: Context): Promise<void> {
  const counts = { todo: 0, waiting: 0, done: 0, absent: 0, "cannot start": 0 };
  for (const run of runs) {
    const { predictor, evaluations } = await planEvaluations(run, ctx);
    await predictor?.dispose();
    // The trainer's own plan says why.
    const isBlocked =
      predictor === null &&
      sources[run.source].trains &&
      (await planOffline(run, runs, ctx)).state === "cannot start";
    for (const plan of evaluations) {
      if (plan.state === "cannot start")
        ctx.log(`${toRunName(run)} on ${plan.test.name}: cannot start: ${plan.error.message}`);
      counts[plan.state === "waiting" && isBlocked ? "cannot start" : plan.state] += 1;
    }
  }
  const waiting =
    counts.waiting > 0 ? ` (${renderWhole(counts.waiting)} wait for a classifier or answers)` : "";
  const blocked =
    counts["cannot start"] > 0 ? `, ${renderWhole(counts["cannot start"])} cannot start` : "";
  const todo = counts.todo + counts.waiting;
  ctx.log(
    renderTotal("evaluation", [
      `${renderWhole(todo)} to do${waiting}, ${renderWhole(counts.done)} done${blocked}`,
      "a run on a test set each",
    ]),
  );
}
