import { type Stage, toTrainingFolder } from "@seedling/core/internal";
import { forecastRuns } from "./forecast-runs.ts";
import { takeOneThread } from "./one-thread.ts";
import { trainRun } from "./train-run.ts";

/** The second stage: examples -> a classifier. */
export const trainerStage: Stage = {
  name: "trainer",
  folder: toTrainingFolder,
  forecast: forecastRuns,
  open(runs, ctx) {
    takeOneThread(runs, ctx.env);
    return (run) => trainRun(run, runs, ctx);
  },
};
