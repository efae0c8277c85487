import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Answer,
  answerSchema,
  answersFile,
  answersManifestSchema,
  type Example,
  ExpectedError,
  endings,
  parseLine,
  type Run,
  readManifest,
  toAnswer,
  toAnswersFolder,
  toLines,
  toResultPath,
} from "@seedling/core/internal";
import type { TestItem } from "../results/evaluation.ts";
import { toDirectFacts } from "./direct-facts.ts";
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
  return {
    facts: toDirectFacts(run.seeds, first),
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
    async answer(test, { examples, sha256 }) {
      const path = join(toAnswersFolder(run, test), answersFile);
      const manifest = await read(test);
      if (manifest?.inputs.test !== sha256)
        throw new ExpectedError(
          `${path}: expected answers to the test split of ${test.name} as it is, they are to another version; run the creator again`,
        );
      const answers = parseAnswers(await readFile(path, "utf8"), path);
      if (answers.length !== examples.length)
        throw new ExpectedError(
          `${path}: expected ${examples.length} answers, got ${answers.length}; remove the folder's manifest.json to read them again`,
        );
      return examples.map((example, row) => toDirectItem(example, answers[row] as Answer));
    },
    trained: async () => () => false,
    async close() {},
  };
}

function toDirectItem(example: Example, { row, answer }: Answer): TestItem {
  const gold = toAnswer(example);
  return {
    split: "test",
    row,
    gold,
    predicted: answer ?? "",
    probabilities: [],
    right: answer === gold,
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
