import type { TrainingManifest } from "@seedling/trainer/internal";
import type { EvaluationManifest } from "../results/evaluation.ts";

/** What an evaluation takes over from its training's manifest, or took over. */
export function toTrainingFacts(manifest: TrainingManifest | EvaluationManifest) {
  const { task, source, seeds, data, completions, train, student, conditions } = manifest;
  const { source: from, n, accuracy, collapsed } = manifest.dev;
  const dev = { source: from, n, accuracy, collapsed };
  return { task, source, seeds, data, completions, train, dev, student, conditions };
}
