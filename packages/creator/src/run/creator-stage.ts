import { setTimeout as sleep } from "node:timers/promises";
import { type Stage, sources, toCreationFolder } from "@seedling/core/internal";
import { answerRun } from "../direct/answer-run.ts";
import type { Clock } from "../llm/chat.ts";
import { createRunBudget } from "../llm/run-prices.ts";
import { createRun } from "./create-run.ts";
import { forecastRuns } from "./forecast-runs.ts";

const clock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

/** The first stage: one formatting example -> created examples, or a language model's answers to test items. */
export const creatorStage: Stage = {
  name: "creator",
  folder: toCreationFolder,
  forecast: forecastRuns,
  open(runs, ctx) {
    const common = { budget: createRunBudget(runs), clock };
    return (run) =>
      sources[run.source].trains ? createRun(run, ctx, common) : answerRun(run, ctx, common);
  },
};
