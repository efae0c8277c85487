import { enterStage, toEvaluationFolder } from "@seedling/core/internal";
import { closeWithTables } from "./run/close-tables.ts";
import { evaluateRun } from "./run/evaluate-run.ts";
import { forecastRuns } from "./run/forecast-runs.ts";

await enterStage({
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  forecast: forecastRuns,
  open: (_, ctx) => (run) => evaluateRun(run, ctx),
  close: closeWithTables,
});
