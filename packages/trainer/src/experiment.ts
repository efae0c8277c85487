import { enterStage, toTrainingFolder } from "@seedling/core";
import { forecastRuns } from "./forecast-runs.ts";
import { trainRun } from "./train-run.ts";

await enterStage({
  name: "trainer",
  folder: toTrainingFolder,
  forecast: forecastRuns,
  open: (runs, desk) => (run) => trainRun(run, runs, desk),
});
