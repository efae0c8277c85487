import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  type Run,
  readFailure,
  renderCount,
  renderTexts,
  renderTotal,
  renderWhole,
  type Stage,
  sources,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
  writeAtomic,
} from "@seedling/core/internal";
import { planOffline, trainingFiles } from "@seedling/trainer/internal";
import { renderFiles } from "../render/files.ts";
import { renderTerminal } from "../render/terminal.ts";
import { renderReport } from "../report/render-report.ts";
import { readResults } from "../results/read-results.ts";
import { type Failure, writeExperimentNote } from "../results/results.ts";
import { analyseResults } from "../tables/analysis.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { planEvaluations } from "./plan-evaluations.ts";

/** The third stage: classifiers and test sets -> tables and a report. */
export const evalStage: Stage = {
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  forecast: printEvaluationPlan,
  open: (_, ctx) => (run) => evaluateRun(run, ctx),
  /**
   * Makes the tables and the report of everything in the results folder, prints the tables if they hold
   * anything, lists the runs of this invocation that failed, and says where the classifiers of own
   * tasks are. What an experiment says of itself stays in the results folder with what it brought there.
   */
  async close(runs, { results, experiment }, { log }, about) {
    if (experiment !== null && about !== null && runs.some(isEvaluated))
      writeExperimentNote(results, {
        version: 1,
        name: experiment,
        about: [about, ...describeSample(runs)].join(" "),
      });
    const { told } = await writeTables(results);
    const failures = (await Promise.all(runs.map(listFailures))).flat();
    for (const line of [...told, ...failures, ...renderClassifiers(runs)]) log(line);
    return failures.length > 0 ? 1 : 0;
  },
};

/**
 * Makes the tables and the report of everything in a results folder, as files in it.
 * @returns the lines that tell of it, none where there is nothing yet; and the runs that failed
 */
export async function writeTables(
  results: string,
): Promise<{ told: string[]; failures: Failure[] }> {
  const read = await readResults(results);
  const view = analyseResults(read);
  const tables = join(results, "tables");
  for (const [name, text] of Object.entries(renderFiles(view)))
    writeAtomic(join(tables, name), text);
  const report = join(results, "report.html");
  writeAtomic(report, renderReport(view, read));
  const { evaluations, leftOut, failures } = read;
  if (evaluations.length + leftOut.length + failures.length === 0) return { told: [], failures };
  const told = [
    `\n${renderTerminal(view)}`,
    `The report: ${report}`,
    `The tables as Markdown, CSV, LaTeX and JSON: ${tables}`,
  ];
  return { told, failures };
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

/** Where the classifiers of own tasks are, and how to use one; empty if there are none. */
export function renderClassifiers(runs: readonly Run[]): string[] {
  const trained = runs.filter(
    (run) => run.task.own && existsSync(join(toTrainingFolder(run), endings.done)),
  );
  const lines = trained.map((run) => `The classifier of ${toRunName(run)}: ${toFolder(run)}`);
  const [first] = trained;
  return first
    ? [
        ...lines,
        "How to use it, in this repository (from code after npm run build):",
        ...renderUse(first),
      ]
    : [];
}

function toFolder(run: Run): string {
  return join(toTrainingFolder(run), trainingFiles.classifier);
}

/** A command that asks a run's classifier, and the same in TypeScript. */
function renderUse(run: Run): string[] {
  const { context = null, options = [] } = run.task.own?.examples[0] ?? {};
  const parts = [
    'question: "..."',
    context !== null && 'context: "..."',
    run.task.options === "varying" && `options: ${renderTexts(options)}`,
  ].filter(Boolean);
  const example = parts.length > 1 ? `{ ${parts.join(", ")} }` : '"..."';
  const folder = JSON.stringify(toFolder(run));
  const words = [
    `npm run predict -- --classifier ${folder} --text "..."`,
    context !== null && '--context "..."',
    run.task.options === "varying" && '--options "...,..."',
  ];
  return [
    `  ${words.filter(Boolean).join(" ")}`,
    '  import { loadClassifier } from "@seedling/trainer";',
    `  console.log(await (await loadClassifier(${folder})).predict(${example}));`,
  ];
}
