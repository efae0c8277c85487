import { join } from "node:path";
import {
  type Desk,
  type Run,
  readFailure,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
  writeAtomic,
} from "@seedling/core";
import { readEvaluations } from "./evaluation-files.ts";
import { renderClassifiers } from "./own-ending.ts";
import { renderTables } from "./tables/render-tables.ts";

/**
 * Makes the tables of everything in the results folder, prints them if they hold anything, lists the
 * runs of this invocation that failed, and says where the classifiers of own tasks are.
 * @returns the exit code: 1 if any failed
 */
export async function closeWithTables(
  runs: readonly Run[],
  results: string,
  { notice }: Desk,
): Promise<number> {
  const { manifests, leftOut } = await readEvaluations(results);
  const { files, terminal } = renderTables(manifests, leftOut);
  const folder = join(results, "tables");
  for (const [name, text] of Object.entries(files)) writeAtomic(join(folder, name), text);
  if (manifests.length + leftOut.length > 0)
    notice(`\n${terminal}\n\nThe tables as Markdown and CSV: ${folder}`);
  const failures = (await Promise.all(runs.map(listFailures))).flat();
  for (const line of [...failures, ...renderClassifiers(runs)]) notice(line);
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
