import { setTimeout as sleep } from "node:timers/promises";
import { enterStage, toCreationFolder } from "@seedling/core/internal";
import type { Clock } from "./ask/chat.ts";
import { createRun } from "./create-run.ts";
import { answerRun } from "./direct/answer-run.ts";
import { forecastRuns } from "./forecast-runs.ts";
import { openRunBudget } from "./money/run-budget.ts";

const clock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

await enterStage({
  name: "creator",
  folder: toCreationFolder,
  forecast: forecastRuns,
  open(runs, ctx) {
    const budget = openRunBudget(runs);
    const common = { budget, clock };
    return (run) =>
      run.source === "direct" ? answerRun(run, ctx, common) : createRun(run, ctx, common);
  },
});
