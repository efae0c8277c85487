import { enterStage, toTrainingFolder } from "@seedling/core";
import { forecastRuns } from "./forecast-runs.ts";
import { takeOneThread } from "./head/one-thread.ts";
import { trainRun } from "./train-run.ts";

await enterStage({
  name: "trainer",
  folder: toTrainingFolder,
  forecast: forecastRuns,
  open(runs, desk) {
    takeOneThread(runs, process.env);
    return (run) => trainRun(run, runs, desk);
  },
});
