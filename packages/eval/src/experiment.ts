import { enterStage, toEvaluationFolder } from "@seedling/core";
import { closeWithTables } from "./close-tables.ts";
import { evaluateRun } from "./evaluate-run.ts";

await enterStage({
  name: "eval",
  folder: (run) => toEvaluationFolder(run, run.task),
  open: (_, desk) => (run) => evaluateRun(run, desk),
  close: closeWithTables,
});
