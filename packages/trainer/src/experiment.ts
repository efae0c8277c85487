import { enterStage, toTrainingFolder } from "@seedling/core/internal";
import { forecastRuns } from "./run/forecast-runs.ts";
import { takeOneThread } from "./run/one-thread.ts";
import { trainRun } from "./run/train-run.ts";

await enterStage({
  name: "trainer",
  folder: toTrainingFolder,
  forecast: forecastRuns,
  open(runs, ctx) {
    takeOneThread(runs, process.env);
    return (run) => trainRun(run, runs, ctx);
  },
});
