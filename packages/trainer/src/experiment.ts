import { enterStage, toTrainingFolder } from "@seedling/core";
import { trainRun } from "./train-run.ts";

await enterStage({
  name: "trainer",
  folder: toTrainingFolder,
  open: (_, desk) => (run) => trainRun(run, desk),
});
