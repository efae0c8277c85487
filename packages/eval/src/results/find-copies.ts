import { groupBy } from "../statistics/group-by.ts";
import type { EvaluationRun, LeftOut } from "./results.ts";

/**
 * Evaluations that say the same moment, classifier and test file under different ids: all but one are
 * copies, and which is the one cannot be told. All are left out.
 */
export function findCopies(evaluations: readonly EvaluationRun[]): LeftOut[] {
  const known = evaluations.filter(({ manifest }) => toAnsweredBy(manifest) !== undefined);
  const groups = groupBy(known, ({ manifest }) =>
    JSON.stringify([toAnsweredBy(manifest), manifest.test.task, manifest.createdAt]),
  );
  return [...groups.values()].flatMap((runs) => {
    const ids = new Set(runs.map(({ path }) => path.split("/").slice(0, -1).join("/")));
    if (ids.size < 2) return [];
    return runs.map(({ path }) => {
      const other = runs.find((one) => one.path !== path)?.path;
      const why = `copied: ${other} says the same classifier, test set and moment (createdAt)`;
      return { path: `${path}/manifest.json`, why };
    });
  });
}

function toAnsweredBy({ inputs }: EvaluationRun["manifest"]): string | undefined {
  return inputs.classifier ?? inputs.answers;
}
