import { readFile } from "node:fs/promises";
import { parseExamples, sha256 } from "@seedling/core/internal";
import type { EvaluationManifest } from "../../results/evaluation.ts";

/** The questions of test files, each file read once. */
export interface Questions {
  /** @returns null where the file that was tested on is not at hand, or is another one by now */
  read(manifest: EvaluationManifest): Promise<readonly string[] | null>;
}

/** Opens the test files of a report. */
export function openQuestions(): Questions {
  const known = new Map<string, Promise<readonly string[] | null>>();
  return {
    read({ test, inputs }) {
      if (!test.file || !inputs.test) return Promise.resolve(null);
      const key = `${inputs.test} ${test.file}`;
      const questions = known.get(key) ?? readQuestions(test.file, inputs.test);
      known.set(key, questions);
      return questions;
    },
  };
}

async function readQuestions(path: string, hash: string): Promise<readonly string[] | null> {
  const content = await readFile(path).catch(() => null);
  if (!content || sha256(content) !== hash) return null;
  return parseExamples(content.toString("utf8"), path).map(({ question }) => question);
}
