import { type Stage, toEvaluationFolder } from "@seedling/core/internal";
import { closeWithTables } from "./close-tables.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { printEvaluationPlan } from "./plan.ts";

/** The third stage: classifiers and test sets -> tables and a report. */
export const evalStage: Stage = {
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  forecast: printEvaluationPlan,
  open: (_, ctx) => (run) => evaluateRun(run, ctx),
  close: closeWithTables,
};
