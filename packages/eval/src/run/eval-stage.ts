import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  endings,
  type Run,
  readFailure,
  renderCount,
  type Stage,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
  writeAtomic,
} from "@seedling/core/internal";
import { renderFiles } from "../render/files.ts";
import { renderTerminal } from "../render/terminal.ts";
import { renderReport } from "../report/render-report.ts";
import { readResults } from "../results/read-results.ts";
import { type Failure, writeExperimentNote } from "../results/results.ts";
import { analyseResults } from "../tables/analysis.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { renderClassifiers } from "./own-classifier.ts";
import { printEvaluationPlan } from "./plan.ts";

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
