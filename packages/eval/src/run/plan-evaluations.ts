import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  ExpectedError,
  endings,
  hashLines,
  hasSplit,
  isAbsentPartner,
  isDone,
  LockedError,
  openFollowed,
  type Run,
  readManifest,
  sources,
  type Task,
  toEvaluationFolder,
  toSplitPath,
  toTrainingFolder,
} from "@seedling/core/internal";
import { trainingManifestSchema } from "@seedling/trainer/internal";
import { openNamesPredictor } from "../predict/names-predictor.ts";
import {
  openClassifierPredictor,
  openDirectPredictor,
  type Predictor,
} from "../predict/predictor.ts";
import { evaluationManifestSchema } from "../results/evaluation-manifest.ts";

/**
 * Plans a run's evaluations: what is done from these very inputs, and what is to be done. Reads files of this
 * machine alone: a test split that is not here counts as what an evaluation was made of.
 * @returns with what answers them; null: there is none, or not yet
 */
export async function planEvaluations(run: Run, ctx: Context) {
  const { trains, asksModel } = sources[run.source];
  const training = trains
    ? await readManifest(join(toTrainingFolder(run), endings.done), trainingManifestSchema)
    : null;
  const openUntrained = () => (asksModel ? openDirectPredictor(run) : openNamesPredictor(run, ctx));
  const predictor = trains
    ? training && (await openClassifierPredictor(run, training, ctx))
    : await openUntrained();
  const evaluations: Awaited<ReturnType<typeof planEvaluation>>[] = [];
  for (const test of run.tests) evaluations.push(await planEvaluation(test, run, predictor));
  return { predictor, evaluations };
}

/**
 * What is to be done for one run on one test set. absent: a partner that is not among the user's data, no
 * failure; cannot start: what is to be mended; waiting: nothing to answer by yet.
 */
async function planEvaluation(test: Task, run: Run, predictor: Predictor | null) {
  const { task, data } = run;
  const path = toSplitPath(test, "test", data);
  if (await isAbsentPartner(task, test, data))
    return { test, state: "absent" as const, why: `${data.root} has no test split of it` };
  if (!(await hasSplit(test, "test", data))) {
    const error = new ExpectedError(`expected the test split of ${test.name} at ${path}`);
    return { test, state: "cannot start" as const, error };
  }
  const by = predictor && (await predictor.inputs(test));
  if (by === null) return { test, state: "waiting" as const };
  const file = existsSync(path) ? { test: hashLines(path, openFollowed) } : {};
  const inputs = { ...by, ...file };
  try {
    const folder = toEvaluationFolder(run, test);
    const done = await isDone(folder, evaluationManifestSchema, inputs, test);
    return done ? { test, state: "done" as const } : { test, state: "todo" as const, inputs };
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    return { test, state: "cannot start" as const, error };
  }
}
