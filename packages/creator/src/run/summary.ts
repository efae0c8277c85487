import { escapeControls, type Run, renderUsd, toRunName } from "@seedling/core/internal";
import { buildFirstRequest } from "../create/chain.ts";
import type { CreationPlan } from "../create/creation.ts";
import { type CreationState, countTokens } from "../create/creation-state.ts";
import { computeWorstCase } from "../llm/chat.ts";
import { renderCounts } from "../reply/candidate.ts";

/** Renders what a creation is about to do; of a live one also its requests and their tokens at worst. */
export function renderStart(run: Run, plan: CreationPlan): string {
  const { target, parameters, perRequest } = plan;
  const what = `${escapeControls(toRunName(run))}: creating ${target} examples`;
  const model = escapeControls(parameters.model);
  if (run.completions?.kind === "replay")
    return `${what}, replaying ${model} (${run.completions.recording.folder})`;
  if (run.completions?.kind === "sample")
    return `${what} from the bundled SAMPLE's recording of ${model}; not the benchmark, not a live run`;
  const requests = Math.ceil(target / perRequest);
  const { promptTokens, completionTokens } = computeWorstCase(buildFirstRequest(plan), parameters);
  const worst = promptTokens + completionTokens;
  const { verify } = run.flags;
  const checks = verify === null ? "" : `; besides, ${verify} answers an example check its label`;
  return [
    `${what} live with ${model}`,
    `  ${requests} requests if each yields ${perRequest} (more if fewer), ${worst} tokens each at worst, ${requests * worst} in all${checks}`,
  ].join("\n");
}

/** Renders what a creation came to. @param usd null: no price is known */
export function renderEnd(state: CreationState, target: number, usd: number | null): string {
  const { funnel, tokens, checking, rejections } = state;
  const cost = usd === null ? "" : `, ${renderUsd(usd)} USD`;
  const replies = tokens.uncounted + checking.uncounted;
  const uncounted = replies > 0 ? ` (${replies} replies uncounted)` : "";
  return `  ${funnel.kept} of ${target} kept from ${funnel.completions} replies; rejected: ${renderCounts(rejections)}; ${countTokens(state)} tokens${uncounted}${cost}`;
}
