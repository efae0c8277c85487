import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  answerSchema,
  answersFile,
  answersManifestSchema,
  ExpectedError,
  endings,
  type Run,
  readManifest,
  sha256,
  shortenModelName,
  toAnswersFolder,
  toLines,
  toResultPath,
} from "@seedling/core/internal";
import { toItem } from "./evaluate.ts";
import type { Predictor } from "./predictor.ts";

/**
 * Opens the language model's own answers to a run's test items. They come without probabilities, and
 * one that chooses no option is wrong.
 * @returns null if there are none
 */
export async function openDirectPredictor(run: Run): Promise<Predictor | null> {
  const read = (test: Run["task"]) =>
    readManifest(join(toAnswersFolder(run, test), endings.done), answersManifestSchema);
  const manifests = await Promise.all(run.tests.map(read));
  const [first] = manifests.filter((manifest) => manifest !== null);
  if (!first) return null;
  const { completions, conditions } = first;
  return {
    facts: {
      seeds: run.seeds,
      completions,
      train: { n: 0, target: 0, human: 0, labels: null },
      dev: { source: "human", n: 0, accuracy: 0, collapsed: false },
      student: { encoder: shortenModelName(completions.model), tune: "none" },
      conditions,
    },
    data: ({ kind, verified }) => ({
      kind,
      verified,
      ...(run.task.fingerprint && { mark: run.task.fingerprint }),
    }),
    async inputs(test) {
      const manifest = await read(test);
      const hash = manifest?.outputs[answersFile] ?? "";
      const path = join(toAnswersFolder(run, test), answersFile);
      return manifest && { answers: hash, [toResultPath(run.flags.results, path)]: hash };
    },
    async predict(test, { examples, sha256: testHash }) {
      const path = join(toAnswersFolder(run, test), answersFile);
      const manifest = await read(test);
      if (manifest?.inputs.test !== testHash)
        throw new ExpectedError(
          `${path}: expected answers to the test split of ${test.name} as it is, they are to another version; run the creator again`,
        );
      const text = await readFile(path, "utf8");
      if (sha256(text) !== manifest.outputs[answersFile])
        throw new ExpectedError(
          `${path}: changed since it was written; remove the folder's manifest.json to read the replies again`,
        );
      // As it was written: an answer to each item, in their order.
      const answers = [...toLines(text)].map(({ line }) => answerSchema.parse(JSON.parse(line)));
      return examples.map((example, row) => toItem(example, row, answers[row]?.answer ?? "", []));
    },
    loadTrainingOverlap: async () => () => false,
    async dispose() {},
  };
}
