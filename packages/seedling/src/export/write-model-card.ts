import { join } from "node:path";
import { readTextInside, writeAtomic } from "@seedling/core/internal";
import { classifierFiles, readFacts, renderModelCard } from "@seedling/trainer/internal";
import { readRecord } from "./read-record.ts";

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
  const { manifest, evaluations } = await readRecord(folder);
  const card = manifest
    ? renderModelCard(manifest, {
        evaluations: evaluations.map(({ test }) => ({
          ...{ test: test.task, n: test.n, correct: test.correct, labels: test.labels },
          isSample: test.data.kind === "sample",
          macroF1: test.judged?.macroF1 ?? null,
        })),
        ...{ onnx, threshold: readFacts(folder).threshold },
      })
    : readTextInside(join(folder, classifierFiles.card));
  if (card === null) return null;
  writeAtomic(join(to, classifierFiles.card), card);
  return classifierFiles.card;
}
