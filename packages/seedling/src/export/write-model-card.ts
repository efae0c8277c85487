import { basename, dirname, join } from "node:path";
import {
  endings,
  isFolder,
  listFolders,
  readManifest,
  readTextInside,
  writeAtomic,
} from "@seedling/core/internal";
import { evaluationManifestSchema } from "@seedling/eval/internal";
import {
  type CardEvaluation,
  classifierFiles,
  hashClassifier,
  readFacts,
  renderModelCard,
} from "@seedling/trainer/internal";
import { readTraining } from "../predict/find-classifier.ts";

/**
 * Writes the card of a classifier's ONNX export, with what was evaluated since its training. Away from its training's
 * folder a classifier has the card of then.
 * @param folder the classifier's
 * @returns the name of the file; null: nothing is known of the training
 * @throws ExpectedError if an evaluation's manifest was changed
 */
export async function writeModelCard(
  folder: string,
  to: string,
  onnx: { isSingleText: boolean },
): Promise<string | null> {
  const hash = await hashClassifier(folder);
  const manifest = await readTraining(folder, hash);
  const card = manifest
    ? renderModelCard(manifest, {
        evaluations: await readEvaluations(dirname(folder), hash),
        onnx,
        threshold: readFacts(folder).threshold,
      })
    : readTextInside(join(folder, classifierFiles.card));
  if (card === null) return null;
  writeAtomic(join(to, classifierFiles.card), card);
  return classifierFiles.card;
}

/** Reads what was evaluated of a training's classifier in its results folder, by the test sets' names. */
async function readEvaluations(training: string, hash: string): Promise<CardEvaluation[]> {
  const [id, source, task] = [training, dirname(training), dirname(dirname(training))].map((one) =>
    basename(one),
  ) as [string, string, string];
  const stage = dirname(dirname(dirname(training)));
  const runs = join(dirname(stage), "evaluations", task, source, id);
  const found: CardEvaluation[] = [];
  for (const run of isFolder(runs) ? listFolders(runs) : []) {
    const manifest = await readManifest(join(run, endings.done), evaluationManifestSchema);
    if (!manifest) continue;
    const { inputs, test } = manifest;
    // Earlier versions named the hash without its path.
    const made = inputs[`trainings/${task}/${source}/${id}/classifier`] ?? inputs.classifier;
    if (made !== hash) continue;
    found.push({
      ...{ test: test.task, n: test.n, correct: test.correct, labels: test.labels },
      isSample: test.data.kind === "sample",
      macroF1: test.judged?.macroF1 ?? null,
    });
  }
  return found;
}
