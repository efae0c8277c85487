import { type Run, renderUsd, toRunName } from "@seedling/core/internal";
import type { CreationPlan } from "../create/create.ts";
import type { Progress } from "../create/progress.ts";
import { computeWorstCase } from "../llm/chat.ts";
import { renderCounts } from "../reply/rejections.ts";
import { toPrintable } from "./columns.ts";
import { toFirstRequest } from "./first-request.ts";
import { toTotalTokens } from "./parts.ts";

/** What a creation is about to do; for a live one, its requests and their tokens at worst. */
export function renderStart(run: Run, plan: CreationPlan): string {
  const { target, parameters, perRequest } = plan;
  const what = `${toPrintable(toRunName(run))}: creating ${target} examples`;
  const model = toPrintable(parameters.model);
  if (run.completions?.kind === "replay")
    return `${what}, replaying ${model} (${run.completions.recording.folder})`;
  if (run.completions?.kind === "sample")
    return `${what} from the bundled SAMPLE's recording of ${model}; not the benchmark, not a live run`;
  const requests = Math.ceil(target / perRequest);
  const { promptTokens, completionTokens } = computeWorstCase(toFirstRequest(plan), parameters);
  const worst = promptTokens + completionTokens;
  const { verify } = run.flags;
  const checks = verify === null ? "" : `; besides, ${verify} answers an example check its label`;
  return [
    `${what} live with ${model}`,
    `  ${requests} requests if each yields ${perRequest} (more if fewer), ${worst} tokens each at worst, ${requests * worst} in all${checks}`,
  ].join("\n");
}

/** What a creation came to. @param costUsd null: no price is known */
export function renderEnd(state: Progress, target: number, costUsd: number | null): string {
  const { funnel, tokens, checking, rejections } = state;
  const cost = costUsd === null ? "" : `, ${renderUsd(costUsd)} USD`;
  const replies = tokens.uncounted + checking.uncounted;
  const uncounted = replies > 0 ? ` (${replies} replies uncounted)` : "";
  return `  ${funnel.kept} of ${target} kept from ${funnel.completions} replies; rejected: ${renderCounts(rejections)}; ${toTotalTokens(state)} tokens${uncounted}${cost}`;
}

/** Why a creation gave up, with what was seen last: the text of a model, so its controls are escaped. */
export function renderGivenUp(state: Progress, { patience, target }: CreationPlan): string {
  const { reason, evidence } = state.lastRejection ?? { reason: "none", evidence: "" };
  const last = toPrintable(JSON.stringify(evidence));
  return `${patience} replies in a row with nothing kept (--patience), ${state.funnel.kept} of ${target} examples so far (rejected: ${renderCounts(state.rejections)}; the last, ${reason}: ${last}); --allow-short goes on with these`;
}
