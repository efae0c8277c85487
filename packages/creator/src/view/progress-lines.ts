import { type Run, toRunName } from "@seedling/core";
import type { CreationPlan } from "./creation.ts";
import type { Progress } from "./progress.ts";
import { renderCounts } from "./read/rejections.ts";
import { renderShown } from "./show/prompt.ts";

/** What a creation is about to do; for a live one, its requests and their tokens at worst. */
export function renderStart(run: Run, plan: CreationPlan): string {
  const { target, parameters, perRequest } = plan;
  const what = `${toRunName(run)}: creating ${target} examples`;
  if (run.completions?.kind === "replay")
    return `${what}, replaying ${parameters.model} (${run.completions.recording.folder})`;
  if (run.completions?.kind === "sample")
    return `${what} from the bundled SAMPLE's recording of ${parameters.model}; not the benchmark, not a live run`;
  const requests = Math.ceil(target / perRequest);
  const worst = toPromptTokensAtMost(plan) + parameters.maxTokens;
  return [
    `${what} live with ${parameters.model}`,
    `  ${requests} requests if each yields ${perRequest} (more if fewer), ${worst} tokens each at worst, ${requests * worst} in all`,
  ].join("\n");
}

/** A token stands for a byte at least; 32 are for the messages' frame. */
function toPromptTokensAtMost({ instruction, shape }: CreationPlan): number {
  return Buffer.byteLength(instruction + renderShown(shape.formatting, shape.options)) + 32;
}

/** How far a creation is. */
export function renderProgress(state: Progress, target: number): string {
  return `  ${state.kept} of ${target} kept from ${state.replies} replies, ${state.inFlight} requests in flight; rejected: ${renderCounts(state.rejections)}`;
}

/** What a creation came to. @param costUsd null: no price is known */
export function renderEnd(state: Progress, target: number, costUsd: number | null): string {
  const tokens = state.promptTokens + state.completionTokens;
  const cost = costUsd === null ? "" : `, ${costUsd.toFixed(4)} USD`;
  const uncounted = state.uncounted > 0 ? ` (${state.uncounted} replies uncounted)` : "";
  return `  ${state.kept} of ${target} kept from ${state.replies} replies; rejected: ${renderCounts(state.rejections)}; ${tokens} tokens${uncounted}${cost}`;
}

/** Why a creation gave up, with what was seen last: the text of a model, so its controls are escaped. */
export function renderGivenUp(state: Progress, { patience, target }: CreationPlan): string {
  const { reason, evidence } = state.lastRejection ?? { reason: "none", evidence: "" };
  const last = JSON.stringify(evidence).replace(/[\u007f-\u009f]/g, "");
  return `${patience} replies in a row with nothing kept (--patience), ${state.kept} of ${target} examples so far (rejected: ${renderCounts(state.rejections)}; the last, ${reason}: ${last}); --allow-short goes on with these`;
}
