import { dirname } from "node:path";
import type { Results } from "./results.ts";

/**
 * Picks the part of a results folder that some runs have made, and what was left out of it.
 * @param folders the runs' folders of every stage, relative to the results folder
 * @param experiment the name of their experiment; null: they have none
 */
export function pickResults(
  results: Results,
  folders: ReadonlySet<string>,
  experiment: string | null,
): Results {
  const isOwn = ({ path }: { path: string }): boolean =>
    folders.has(path) || (path.includes("/") && isOwn({ path: dirname(path) }));
  const { dir, evaluations, trainings, creations, answers, failures, leftOut } = results;
  return {
    dir,
    evaluations: evaluations.filter(isOwn),
    trainings: trainings.filter(isOwn),
    creations: creations.filter(isOwn),
    answers: answers.filter(isOwn),
    experiments: results.experiments.filter(({ name }) => name === experiment),
    failures: failures.filter(isOwn),
    leftOut: leftOut.filter(isOwn),
  };
}
