import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Answer,
  answerSchema,
  answersFile,
  answersManifestSchema,
  ExpectedError,
  endings,
  parseLine,
  type Run,
  readManifest,
  sha256,
  shortenModelName,
  toAnswer,
  toAnswersFolder,
  toLines,
  toResultPath,
} from "@seedling/core/internal";
import type { TestItem } from "../results/evaluation-manifest.ts";
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
      const answers = parseAnswers(text, path);
      if (answers.length !== examples.length)
        throw new ExpectedError(
          `${path}: expected ${examples.length} answers, got ${answers.length}; remove the folder's manifest.json to read the replies again`,
        );
      return examples.map((example, row): TestItem => {
        const gold = toAnswer(example);
        const predicted = answers[row]?.answer ?? "";
        return {
          split: "test",
          row,
          gold,
          predicted,
          probabilities: [],
          right: predicted === gold,
        };
      });
    },
    loadTrainingOverlap: async () => () => false,
    async dispose() {},
  };
}

function parseAnswers(text: string, path: string): Answer[] {
  return [...toLines(text)].map(({ line, number }) => {
    const where = `${path}:${number}`;
    const parsed = answerSchema.safeParse(parseLine(line, where));
    if (parsed.success && parsed.data.row === number - 1) return parsed.data;
    throw new ExpectedError(`${where}: expected {"row": ${number - 1}, "answer": "..."}`);
  });
}
