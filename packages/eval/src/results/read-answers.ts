import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type AnswersManifest,
  answersFile,
  answersManifestSchema,
  endings,
  sha256,
} from "@seedling/core/internal";
import type { EvaluationManifest } from "./evaluation.ts";
import { findOtherHash } from "./find-other-hash.ts";
import { named } from "./list-files.ts";
import { type Found, readManifests } from "./read-manifests.ts";
import type { LeftOut } from "./results.ts";

/**
 * Reads the manifests of the language model's own answers (`direct`), those that are done; a partial one
 * is named as not finished, damaged ones and altered answers as such.
 * @param paths of all files in `answers/`
 * @param leftOut is added to
 */
export async function readAnswers(
  dir: string,
  paths: readonly string[],
  leftOut: LeftOut[],
): Promise<Found<AnswersManifest>[]> {
  const read = (ending: string) =>
    readManifests(dir, named(paths, ending), answersManifestSchema, leftOut);
  for (const { path, value } of await read(endings.partial)) {
    const { answered, n, stopped } = value;
    leftOut.push({ path, why: `not finished: ${answered} of ${n} answered (${stopped})` });
  }
  const done = await read(endings.done);
  for (const { path, value } of done) {
    const file = `${dirname(path)}/${answersFile}`;
    const bytes = await readFile(join(dir, file)).catch(() => null);
    const why = bytes
      ? findOtherHash(answersFile, value.outputs[answersFile], sha256(bytes))
      : `${answersFile}: expected it beside the manifest, it is not there`;
    if (why) leftOut.push({ path: file, why });
  }
  return done;
}

/** Answers that no evaluation is of: their run was stopped in between. */
export function findUnevaluated(
  answers: readonly Found<AnswersManifest>[],
  evaluations: readonly EvaluationManifest[],
): LeftOut[] {
  const isEvaluated = ({ task, test, outputs }: AnswersManifest) =>
    evaluations.some(
      ({ inputs, ...one }) =>
        inputs.answers === outputs[answersFile] && one.task === task && one.test.task === test,
    );
  return answers
    .filter(({ value }) => !isEvaluated(value))
    .map(({ path, value: { answered } }) => ({
      path,
      why: `not finished: ${answered} items are answered, no evaluation says how well`,
    }));
}
