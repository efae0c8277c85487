import { setTimeout as sleep } from "node:timers/promises";
import { enterStage, sources, toCreationFolder } from "@seedling/core/internal";
import { answerRun } from "./direct/answer-run.ts";
import type { Clock } from "./llm/chat.ts";
import { openRunBudget } from "./llm/run-budget.ts";
import { createRun } from "./run/create-run.ts";
import { forecastRuns } from "./run/forecast-runs.ts";

const clock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

await enterStage({
  name: "creator",
  folder: toCreationFolder,
  forecast: forecastRuns,
  open(runs, ctx) {
    const budget = openRunBudget(runs);
    const common = { budget, clock };
    return (run) =>
      sources[run.source].trains ? createRun(run, ctx, common) : answerRun(run, ctx, common);
  },
});
