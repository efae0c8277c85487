import { dirname, join } from "node:path";
import {
  answersFile,
  answersManifestSchema,
  creationManifestSchema,
  ExpectedError,
  endings,
  failureSchema,
  parseManifest,
  readInside,
  renderCount,
  toMessage,
} from "@seedling/core/internal";
import { trainingFiles, trainingManifestSchema } from "@seedling/trainer/internal";
import type { z } from "zod";
import { evaluationManifestSchema } from "./evaluation-manifest.ts";
import { createEvaluationReader } from "./read-evaluation.ts";
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
  checkInputs,
  checkOutput,
  type FoundManifest,
  findUnfinished,
  keepUsable,
  listResultFiles,
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
  const listed = new Map(
    [...Object.keys(stageFolders), notesFolder].map((folder) => [
      folder,
      listResultFiles(dir, folder, leftOut),
    ]),
  );
  const read = async <T>(schema: z.ZodType<T>, folder: string, ...names: string[]) => {
    const paths = listed.get(folder) ?? [];
    const wanted = paths.filter((path) => names.some((name) => path.endsWith(name)));
    const found = wanted.map((path) => ({ path }));
    return keepUsable(found, leftOut, async ({ path }): Promise<FoundManifest<T>> => {
      const parsed = parseManifest(readText(join(dir, path)), schema);
      if ("why" in parsed) throw new ExpectedError(parsed.why);
      return { path, value: parsed.value };
    });
  };
  const [done, partial, failed] = [`/${endings.done}`, `/${endings.partial}`, `/${endings.failed}`];
  const creations = await read(creationManifestSchema, "creations", done, partial);
  const trainings = await read(trainingManifestSchema, "trainings", done);
  const answers = await read(answersManifestSchema, "answers", done, partial);
  const evaluations = await read(evaluationManifestSchema, "evaluations", done);
  // Hashes of what the stages wrote last, by path in the results folder, as `inputs` name it.
  const written = new Map(
    [...creations, ...trainings, ...answers].flatMap(({ path, value: { outputs } }) =>
      Object.entries(outputs).map(([name, hash]) => [`${dirname(path)}/${name}`, hash] as const),
    ),
  );
  const checkOutputs = (path: string, outputs: Record<string, string>) => {
    for (const [name, hash] of Object.entries(outputs)) checkOutput(dir, path, name, hash);
  };

  const keptCreations = await keepUsable(
    creations,
    leftOut,
    async ({ path, value: manifest }): Promise<CreationRun> => {
      checkOutputs(path, manifest.outputs);
      return { path: dirname(path), manifest, partial: path.endsWith(partial) };
    },
  );
  const keptTrainings = await keepUsable(
    trainings,
    leftOut,
    async ({ path: file, value: manifest }): Promise<TrainingRun> => {
      checkInputs(manifest.inputs, written);
      const path = dirname(file);
      const log = { path: `${path}/${trainingFiles.log}` };
      const [points] = await keepUsable([log], leftOut, () => readTrainingLog(join(dir, log.path)));
      return { path, manifest, log: points ?? [] };
    },
  );
  const evaluated = new Set(
    evaluations.map(({ value: { inputs, task, test } }) =>
      JSON.stringify([inputs.answers, task, test.task]),
    ),
  );
  const keptAnswers = await keepUsable(answers, leftOut, async ({ path, value }) => {
    const { answered, n, stopped } = value;
    checkOutputs(path, value.outputs);
    if (stopped !== null)
      throw new ExpectedError(`unfinished: ${answered} of ${n} answered (${stopped})`);
    if (!evaluated.has(JSON.stringify([value.outputs[answersFile], value.task, value.test])))
      throw new ExpectedError(
        `unfinished: ${renderCount(answered, "item")} answered and not evaluated`,
      );
    return { path: dirname(path), manifest: value };
  });
  const keptEvaluations = await keepUsable(
    evaluations,
    leftOut,
    createEvaluationReader(dir, written, keptCreations, keptTrainings),
  );

  const failures: Failure[] = [];
  for (const [folder, { stage, depth }] of Object.entries(stageFolders)) {
    leftOut.push(...findUnfinished(dir, listed.get(folder) ?? [], depth));
    for (const { path, value } of await read(failureSchema, folder, failed))
      failures.push({ path: dirname(path), stage, error: value.error, at: value.at });
  }
  const experiments = await read(experimentNoteSchema, notesFolder, ".json");
  return {
    dir,
    evaluations: keptEvaluations,
    trainings: keptTrainings,
    creations: keptCreations,
    answers: keptAnswers,
    experiments: experiments.map(({ value }) => value),
    failures,
    leftOut: leftOut.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function readText(path: string): string {
  try {
    return readInside(path).toString("utf8");
  } catch (error) {
    throw new ExpectedError(`unreadable: ${toMessage(error)}`);
  }
}
