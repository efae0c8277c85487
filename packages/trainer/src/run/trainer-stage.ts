import { type Stage, toTrainingFolder } from "@seedling/core/internal";
import { printDryRun } from "./dry-run.ts";
import { limitThreads, trainRun } from "./train-run.ts";

/** The second stage: examples -> a classifier. */
export const trainerStage: Stage = {
  name: "trainer",
  folder: toTrainingFolder,
  forecast: printDryRun,
  open(runs, ctx) {
    limitThreads(runs, ctx.env);
    return (run) => trainRun(run, runs, ctx);
  },
};
