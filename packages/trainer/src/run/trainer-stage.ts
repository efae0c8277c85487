import {
  type Env,
  holdReviews,
  type Run,
  type Stage,
  toTrainingFolder,
} from "@seedling/core/internal";
import { printDryRun } from "./dry-run.ts";
import { trainRun } from "./train-run.ts";

/** The second stage: examples -> a classifier. */
export const trainerStage: Stage = {
  name: "trainer",
  folder: toTrainingFolder,
  forecast: printDryRun,
  open(runs, ctx) {
    holdReviews(runs);
    limitThreads(runs, ctx.env);
    return (run) => trainRun(run, runs, ctx);
  },
};

/**
 * Lets native TensorFlow take one thread an operation, unless the user says otherwise, where all runs of an
 * invocation are MLP heads: their operations end before a second thread has woken, and trials have a core
 * each. To be called before TensorFlow loads.
 */
export function limitThreads(runs: readonly Pick<Run, "flags">[], env: Env): void {
  const areMlps = runs.every(
    ({ flags: { tune, head, runtime } }) => tune === "head" && head === "mlp" && runtime !== "tfjs",
  );
  if (areMlps) env.TF_NUM_INTRAOP_THREADS ??= "1";
}
