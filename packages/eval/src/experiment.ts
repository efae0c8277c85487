import { enterStage, toEvaluationFolder } from "@seedling/core/internal";
import { closeWithTables } from "./close-tables.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { forecastRuns } from "./forecast-runs.ts";

await enterStage({
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  forecast: forecastRuns,
  open: (_, ctx) => (run) => evaluateRun(run, ctx),
  close: closeWithTables,
});
