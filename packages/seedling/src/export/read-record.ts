import { basename, dirname, join } from "node:path";
import { endings, isFolder, listFolders, readManifest } from "@seedling/core/internal";
import { type EvaluationManifest, evaluationManifestSchema } from "@seedling/eval/internal";
import { hashClassifier } from "@seedling/trainer/internal";
import { readTraining } from "../predict/find-classifier.ts";

/**
 * Reads what the results folder of a classifier's training says of it: the training's manifest, null away from there,
 * and its evaluations, by their test sets' names.
 * @throws ExpectedError if an evaluation's manifest was changed
 */
export async function readRecord(folder: string) {
  const hash = await hashClassifier(folder);
  const manifest = await readTraining(folder, hash);
  const evaluations = manifest ? await readEvaluations(dirname(folder), hash) : [];
  return { manifest, evaluations };
}

async function readEvaluations(training: string, hash: string): Promise<EvaluationManifest[]> {
  const [id, source, task] = [training, dirname(training), dirname(dirname(training))].map((one) =>
    basename(one),
  ) as [string, string, string];
  const stage = dirname(dirname(dirname(training)));
  const runs = join(dirname(stage), "evaluations", task, source, id);
  const found: EvaluationManifest[] = [];
  for (const run of isFolder(runs) ? listFolders(runs) : []) {
    const manifest = await readManifest(join(run, endings.done), evaluationManifestSchema);
    if (!manifest) continue;
    const { inputs } = manifest;
    // Earlier versions named the hash without its path.
    const made = inputs[`trainings/${task}/${source}/${id}/classifier`] ?? inputs.classifier;
    if (made === hash) found.push(manifest);
  }
  return found;
}
