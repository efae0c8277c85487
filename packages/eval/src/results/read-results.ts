import { dirname, join } from "node:path";
import {
  type AnswersManifest,
  answersFile,
  answersManifestSchema,
  type CreationManifest,
  creationManifestSchema,
  endings,
  failureSchema,
} from "@seedling/core/internal";
import {
  type TrainingManifest,
  trainingFiles,
  trainingManifestSchema,
} from "@seedling/trainer/internal";
import type { z } from "zod";
import { type EvaluationManifest, evaluationManifestSchema } from "./evaluation-manifest.ts";
import { keepEvaluations } from "./keep-evaluations.ts";
import {
  type CreationRun,
  experimentNoteSchema,
  type Failure,
  type LeftOut,
  notesFolder,
  type Results,
  type TrainingRun,
} from "./results.ts";
import {
  type FoundManifest,
  findChangedFile,
  findStale,
  findUnfinished,
  listResultFiles,
  readManifests,
  type StageFolder,
  stageFolders,
} from "./stage-files.ts";
import { readTrainingLog } from "./training-log.ts";

/**
 * Reads everything that the stages left in a results folder. What cannot be used is left out and named
 * with its reason: `unreadable`, `changed` since it was written, `stale` (made of what has been made
 * again since) or `unfinished`. None of these is an error; no folder means no results.
 * @param dir absolute
 */
export async function readResults(dir: string): Promise<Results> {
  const leftOut: LeftOut[] = [];
  const files: Record<StageFolder, string[]> = {
    creations: await listResultFiles(dir, "creations"),
    trainings: await listResultFiles(dir, "trainings"),
    evaluations: await listResultFiles(dir, "evaluations"),
    answers: await listResultFiles(dir, "answers"),
  };
  const { done, partial, failed } = endings;
  const named = (folder: StageFolder, ...names: string[]) =>
    files[folder].filter((path) => names.some((name) => path.endsWith(`/${name}`)));
  const read = <T>(paths: string[], schema: z.ZodType<T>) =>
    readManifests(dir, paths, schema, leftOut);

  const creations = await read(named("creations", done, partial), creationManifestSchema);
  const trainings = await read(named("trainings", done), trainingManifestSchema);
  const answers = await read(named("answers", done, partial), answersManifestSchema);
  const evaluations = await read(named("evaluations", done), evaluationManifestSchema);
  const written = collectOutputs([...creations, ...trainings, ...answers]);
  const related = {
    written,
    creations: await keepCreations(dir, creations, leftOut),
    trainings: await keepTrainings(dir, trainings, written, leftOut),
  };
  await checkAnswers(dir, answers, evaluations, leftOut);
  const keptEvaluations = await keepEvaluations(dir, evaluations, related, leftOut);
  leftOut.push(...findUnfinished(dir, files));

  const failures: Failure[] = [];
  for (const [folder, { stage }] of Object.entries(stageFolders))
    for (const { path, value } of await read(named(folder as StageFolder, failed), failureSchema))
      failures.push({ path: dirname(path), stage, error: value.error, at: value.at });
  const notes = (await listResultFiles(dir, notesFolder)).filter((path) => path.endsWith(".json"));
  const experiments = (await read(notes, experimentNoteSchema)).map(({ value }) => value);
  leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    dir,
    evaluations: keptEvaluations,
    trainings: related.trainings,
    creations: related.creations,
    experiments,
    failures,
    leftOut,
  };
}

/** Hashes of what the stages wrote last, by path in the results folder, as `inputs` name it. */
function collectOutputs(
  manifests: readonly FoundManifest<{ outputs: Record<string, string> }>[],
): Map<string, string> {
  return new Map(
    manifests.flatMap(({ path, value }) =>
      Object.entries(value.outputs).map(
        ([name, hash]) => [`${dirname(path)}/${name}`, hash] as const,
      ),
    ),
  );
}

/** The creations whose files are as they were written. */
async function keepCreations(
  dir: string,
  creations: readonly FoundManifest<CreationManifest>[],
  leftOut: LeftOut[],
): Promise<CreationRun[]> {
  const kept: CreationRun[] = [];
  for (const found of creations) {
    const changed = await findChangedFile(dir, found);
    const { path, value: manifest } = found;
    const partial = path.endsWith(endings.partial);
    if (changed) leftOut.push(changed);
    else kept.push({ path: dirname(path), manifest, partial });
  }
  return kept;
}

/** The trainings of what stands in the folder now, with their logs. */
async function keepTrainings(
  dir: string,
  trainings: readonly FoundManifest<TrainingManifest>[],
  written: ReadonlyMap<string, string>,
  leftOut: LeftOut[],
): Promise<TrainingRun[]> {
  const kept: TrainingRun[] = [];
  for (const { path, value: manifest } of trainings) {
    const folder = dirname(path);
    const stale = findStale(manifest.inputs, written);
    if (stale) {
      leftOut.push({ path, why: stale });
      continue;
    }
    const log = `${folder}/${trainingFiles.log}`;
    const { points, fault } = await readTrainingLog(join(dir, log));
    if (fault) leftOut.push({ path: log, why: `unreadable: ${fault}` });
    kept.push({ path: folder, manifest, log: points });
  }
  return kept;
}

/** Names the language model's own answers that are changed, partial, or not evaluated. */
async function checkAnswers(
  dir: string,
  answers: readonly FoundManifest<AnswersManifest>[],
  evaluations: readonly FoundManifest<EvaluationManifest>[],
  leftOut: LeftOut[],
): Promise<void> {
  for (const found of answers) {
    const { path, value } = found;
    const { answered, n, stopped } = value;
    const isEvaluated = evaluations.some(
      ({ value: { task, test, inputs } }) =>
        inputs.answers === value.outputs[answersFile] &&
        task === value.task &&
        test.task === value.test,
    );
    const changed = await findChangedFile(dir, found);
    if (changed) leftOut.push(changed);
    if (stopped !== null)
      leftOut.push({ path, why: `unfinished: ${answered} of ${n} answered (${stopped})` });
    else if (!isEvaluated)
      leftOut.push({ path, why: `unfinished: ${answered} items are answered and not evaluated` });
  }
}
