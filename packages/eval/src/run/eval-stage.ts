import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  endings,
  type Run,
  readFailure,
  type Stage,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
} from "@seedling/core/internal";
import { writeExperimentNote } from "../results/results.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { renderClassifiers } from "./own-classifier.ts";
import { printEvaluationPlan } from "./plan.ts";
import { writeTables } from "./write-tables.ts";

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

/** On the sample its recordings' values stand in for the experiment's own. */
function describeSample(runs: readonly Run[]): string[] {
  if (!runs.some(({ completions }) => completions?.kind === "sample")) return [];
  const counted = `${runs.length} run${runs.length === 1 ? "" : "s"}`;
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
