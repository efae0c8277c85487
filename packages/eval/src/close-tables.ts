import {
  type Desk,
  type Run,
  readFailure,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
} from "@seedling/core";
import { renderClassifiers } from "./own-ending.ts";
import { writeTables } from "./write-tables.ts";

/**
 * Makes the tables and the report of everything in the results folder, prints the tables if they hold
 * anything, lists the runs of this invocation that failed, and says where the classifiers of own
 * tasks are.
 * @param about what the experiment at hand says of itself; null: no experiment
 * @returns the exit code: 1 if any failed
 */
export async function closeWithTables(
  runs: readonly Run[],
  results: string,
  { notice }: Desk,
  about: string | null = null,
): Promise<number> {
  const { told } = await writeTables(results, about);
  const failures = (await Promise.all(runs.map(listFailures))).flat();
  for (const line of [...told, ...failures, ...renderClassifiers(runs)]) notice(line);
  return failures.length > 0 ? 1 : 0;
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
