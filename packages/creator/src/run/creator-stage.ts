import {
  type Run,
  type Stage,
  sources,
  toCreationFolder,
  toRunName,
} from "@seedling/core/internal";
import { answerRun } from "../direct/answer-run.ts";
import { planAnswers } from "../direct/plan-answers.ts";
import { createRunBudget } from "../llm/budget.ts";
import type { CreatorPlan } from "../llm/estimate.ts";
import { systemClock } from "../llm/open-chat.ts";
import { createRun } from "./create-run.ts";
import { renderDryRun, tryPlan } from "./dry-run.ts";
import type { OpenRefit } from "./open-refit.ts";
import { planCreation } from "./plan.ts";
import { planPool } from "./plan-pool.ts";
import { poolRun } from "./pool-run.ts";

/**
 * Creates the first stage: one formatting example -> created examples, or a language model's answers to test items.
 * @param openRefit opens the classifier of feedback and --stop-when-flat, which stands in a later stage
 */
export const createCreatorStage = (openRefit: OpenRefit): Stage => ({
  name: "creator",
  folder: toCreationFolder,
  async forecast(runs, ctx) {
    const budget = createRunBudget(runs);
    const { maxCost = null, maxTotalTokens = null } = runs[0]?.flags ?? {};
    const planned: { name: string; plan: CreatorPlan }[] = [];
    const counted = new Set<string>();
    const first = new Map<string, string>();
    for (const run of runs.filter(({ isBaseline }) => !isBaseline)) {
      const name = toRunName(run);
      const folder = toCreationFolder(run);
      const same = sources[run.source].asksModel ? first.get(folder) : undefined;
      if (same === undefined) first.set(folder, name);
      const plan = await tryPlan(async () => {
        if (same !== undefined) return { state: "free", why: `shares the creation of ${same}` };
        if (sources[run.source].isPool) return (await planPool(run, ctx)).plan;
        const { plan } = isAnswered(run)
          ? await planAnswers(run, ctx, counted)
          : await planCreation(run, ctx);
        return plan;
      });
      planned.push({ name, plan });
    }
    const left = {
      usd: maxCost === null ? null : maxCost - budget.spent.usd,
      tokens: maxTotalTokens === null ? null : maxTotalTokens - budget.spent.tokens,
    };
    ctx.log(renderDryRun(planned, left));
  },
  open(runs, ctx) {
    const deps = { budget: createRunBudget(runs), clock: systemClock };
    return async (run) => {
      // The run beside a baseline creates what it is trained on.
      if (run.isBaseline) return;
      const { isPool } = sources[run.source];
      if (!isAnswered(run) && !isPool) await createRun(run, ctx, { ...deps, openRefit });
      else if (run.flags.preview)
        ctx.log(`${toRunName(run)}: nothing to preview, no examples are created`);
      else if (isPool) await poolRun(run, ctx, { ...deps, openRefit });
      else await answerRun(run, ctx, deps);
    };
  },
});

/** Whether the language model answers a run's test items itself. */
function isAnswered({ source }: Run): boolean {
  return sources[source].asksModel && !sources[source].trains;
}
