import { toTrainingFacts } from "../predict/training-facts.ts";
import type { EvaluationManifest } from "./evaluation.ts";
import { findDifference } from "./find-difference.ts";
import type { TrainingRun } from "./results.ts";

/** What an evaluation says against its training, which it took its facts from; null where they agree. */
export function findOtherTraining(
  evaluation: EvaluationManifest,
  { manifest }: TrainingRun,
): string | null {
  const { classifier } = manifest.outputs;
  const difference =
    findDifference(toTrainingFacts(evaluation), toTrainingFacts(manifest)) ??
    (classifier === undefined
      ? null
      : findDifference(evaluation.inputs.classifier, classifier, "inputs.classifier"));
  if (!difference) return null;
  const { path, said, found } = difference;
  return `edited, or of an earlier training: ${path} is ${said}, its training says ${found}`;
}

/**
 * What shows that an evaluation without a training stands under another one's id: its classifier is
 * that of a training elsewhere. null: nothing does.
 */
export function findStray(
  { inputs }: EvaluationManifest,
  trainings: readonly TrainingRun[],
): string | null {
  const { classifier } = inputs;
  const owner = trainings.find(({ manifest }) => manifest.outputs.classifier === classifier);
  if (classifier === undefined || !owner) return null;
  return `copied or moved: there is no training of its id, its classifier is that of ${owner.path}`;
}
