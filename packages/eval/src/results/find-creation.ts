import type { EvaluationManifest } from "./evaluation.ts";
import type { CreationRun } from "./results.ts";

/**
 * The creation that a classifier was trained on: the one of the same task, setting, seeds, creator and
 * moment of the last reply; of several (one recording replayed for more examples) the one that kept as
 * many as were trained on.
 */
export function findCreation(
  { task, source, seeds, completions, train }: EvaluationManifest,
  creations: readonly CreationRun[],
): CreationRun | null {
  if (completions === null) return null;
  const fitting = creations.filter(
    ({ manifest }) =>
      manifest.task === task &&
      manifest.source === source &&
      manifest.seeds.example === seeds.example &&
      manifest.seeds.creation === seeds.creation &&
      manifest.completions.kind === completions.kind &&
      manifest.completions.model === completions.model &&
      manifest.completions.date === completions.date,
  );
  return fitting.find(({ manifest }) => manifest.kept === train.n) ?? fitting[0] ?? null;
}
