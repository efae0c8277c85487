import { enterStage, toTrainingFolder } from "@seedling/core";
import { trainRun } from "./train-run.ts";

await enterStage({
  name: "trainer",
  folder: toTrainingFolder,
  open: (runs, desk) => (run) => trainRun(run, runs, desk),
});
