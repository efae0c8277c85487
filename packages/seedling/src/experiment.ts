import { type Program, runStages } from "@seedling/core/internal";
import { createCreatorStage } from "@seedling/creator/internal";
import { evalStage } from "@seedling/eval/internal";
import { openRefit, trainerStage } from "@seedling/trainer/internal";

/** The three stages in one process: one formatting example -> created examples -> a classifier -> tables and a report. */
export const experiment: Program = (io) =>
  runStages([createCreatorStage(openRefit), trainerStage, evalStage], io);
