import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Context,
  endings,
  hasSplit,
  isAbsentPartner,
  isDone,
  type Run,
  readManifest,
  renderTotal,
  renderWhole,
  sha256,
  sources,
  type Task,
  toEvaluationFolder,
  toRunName,
  toSplitPath,
  toTrainingFolder,
} from "@seedling/core/internal";
import { planOffline, trainingManifestSchema } from "@seedling/trainer/internal";
import { openClassifierPredictor } from "../predict/classifier-predictor.ts";
import { openDirectPredictor } from "../predict/direct-predictor.ts";
import type { Predictor } from "../predict/predictor.ts";
import { evaluationManifestSchema } from "../results/evaluation-manifest.ts";

/**
 * Plans a run's evaluations: what is done from these very inputs, and what is to be done. Reads files of this
 * machine alone: a test split that is not here counts as what an evaluation was made of.
 * @returns with what answers them and its training; null: there is none, or not yet
 */
export async function planEvaluations(run: Run, ctx: Context) {
  const training = sources[run.source].trains
    ? await readManifest(join(toTrainingFolder(run), endings.done), trainingManifestSchema)
    : null;
  const predictor = sources[run.source].trains
    ? training && (await openClassifierPredictor(run, training, ctx))
    : await openDirectPredictor(run);
  const evaluations: Awaited<ReturnType<typeof planEvaluation>>[] = [];
  for (const test of run.tests) evaluations.push(await planEvaluation(test, run, predictor));
  return { predictor, training, evaluations };
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
    const why = `expected the test split of ${test.name} at ${path}`;
    return { test, state: "cannot start" as const, why };
  }
  const by = predictor && (await predictor.inputs(test));
  if (by === null) return { test, state: "waiting" as const };
  const file = await readFile(path).catch(() => null);
  const inputs = { ...by, ...(file && { test: sha256(file) }) };
  const done = await isDone(toEvaluationFolder(run, test), evaluationManifestSchema, inputs);
  return done ? { test, state: "done" as const } : { test, state: "todo" as const, inputs };
}

/**
 * Prints how many test sets are to be answered, and which cannot be. That takes little but for frozen
 * encoders, whose time for them is in the trainer's plan.
 */
export async function printEvaluationPlan(runs: readonly Run[], ctx: Context): Promise<void> {
  const counts = { todo: 0, waiting: 0, done: 0, absent: 0, "cannot start": 0 };
  for (const run of runs) {
    const { predictor, evaluations } = await planEvaluations(run, ctx);
    await predictor?.dispose();
    // The trainer's own plan says why.
    const isBlocked =
      predictor === null &&
      sources[run.source].trains &&
      (await planOffline(run, runs, ctx)).state === "cannot start";
    for (const plan of evaluations) {
      if (plan.state === "cannot start")
        ctx.log(`${toRunName(run)} on ${plan.test.name}: cannot start: ${plan.why}`);
      counts[plan.state === "waiting" && isBlocked ? "cannot start" : plan.state] += 1;
    }
  }
  const waiting =
    counts.waiting > 0 ? ` (${renderWhole(counts.waiting)} wait for a classifier or answers)` : "";
  const blocked =
    counts["cannot start"] > 0 ? `, ${renderWhole(counts["cannot start"])} cannot start` : "";
  const todo = counts.todo + counts.waiting;
  ctx.log(
    renderTotal("evaluation", [
      `${renderWhole(todo)} to do${waiting}, ${renderWhole(counts.done)} done${blocked}`,
      "a run on a test set each",
    ]),
  );
}
