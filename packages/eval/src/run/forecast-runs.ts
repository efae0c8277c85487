import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  isAbsentPartner,
  type Run,
  renderTotal,
  renderWhole,
  toEvaluationFolder,
} from "@seedling/core/internal";

/**
 * Tells how many test sets are to be answered. That takes little but for frozen encoders, whose time
 * for them is in the trainer's forecast.
 */
export async function forecastRuns(runs: readonly Run[], { log }: Context): Promise<void> {
  const count = { done: 0, left: 0 };
  for (const run of runs)
    for (const test of run.tests) {
      if (await isAbsentPartner(run.task, test, run.data)) continue;
      const isDone = existsSync(join(toEvaluationFolder(run, test), endings.done));
      count[isDone ? "done" : "left"] += 1;
    }
  const counts = `${renderWhole(count.left)} to do, ${renderWhole(count.done)} done`;
  log(renderTotal("evaluation", [counts, "a run on a test set each"]));
}
