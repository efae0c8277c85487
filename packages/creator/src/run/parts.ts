import { dash, renderAbout, renderSeconds, renderUsd, renderWhole } from "@seedling/core/internal";
import type { Progress } from "../create/progress.ts";
import type { Options } from "../prompt/prompt.ts";
import { toPrintable } from "./columns.ts";
import type { Projection } from "./projection.ts";
import { toUsd } from "./usd.ts";
import type { View } from "./view.ts";

/** Who answers: `SAMPLE, replaying gpt`. */
export function renderAnswerer({ from, model }: View): string {
  const name = toPrintable(model);
  if (from === "live") return `live with ${name}`;
  return from === "sample" ? `SAMPLE, replaying ${name}` : `replaying ${name}`;
}

/** Requests that are out: `12 requests in flight (12 of 64 allowed)`. */
export function renderInFlight({ inFlight, allowed, concurrency }: View): string {
  const fewer = allowed < concurrency ? ` (${allowed} of ${concurrency} allowed)` : "";
  return `${inFlight} requests in flight${fewer}`;
}

/** Kept examples per settled reply. */
export function renderYield({ funnel: { completions, kept } }: Progress): string {
  return `${completions === 0 ? dash : (kept / completions).toFixed(2)} kept a reply`;
}

/** Tokens so far, the label check's included, and projected. */
export function renderTokens({ state }: View, projection: Projection | null): string {
  const { tokens, checking } = state;
  const uncounted = tokens.uncounted + checking.uncounted;
  const about = projection?.tokens ? ` of about ${renderAbout(projection.tokens)}` : "";
  return `${renderWhole(toTotalTokens(state))}${about} tokens${uncounted > 0 ? ` (${uncounted} replies uncounted)` : ""}`;
}

/** All tokens of a creation's replies and of its label check's. */
export function toTotalTokens({ tokens, checking }: Progress): number {
  return [tokens, checking].reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0);
}

/** USD so far, projected, and per kept example. */
export function renderCost({ from, state, prices }: View, projection: Projection | null) {
  if (from !== "live") return "0 USD: a replay asks nothing";
  const usd = toUsd(state, prices);
  if (usd === null) return "no price is known (give --prices)";
  const { kept } = state.funnel;
  const about = projection?.usd ? ` of about ${renderUsd(projection.usd)}` : "";
  return `${renderUsd(usd)}${about} USD, ${kept === 0 ? dash : renderUsd(usd / kept)} a kept example`;
}

/** How much longer it takes; nothing where that is not known. */
export function renderLeft(projection: Projection | null): string[] {
  return projection?.seconds == null ? [] : [`about ${renderSeconds(projection.seconds)} left`];
}

/** How often each label was kept, or where options vary each place of the right one. */
export function renderLabels({ labels, funnel }: Progress, options: Options): string {
  const shares = Object.entries(labels).map(([label, n]) => {
    const name = options === "fixed" ? toPrintable(label) : `place ${label}`;
    return `${name} ${renderWhole(n)} (${Math.round((100 * n) / funnel.kept)} %)`;
  });
  return shares.join(", ") || "none";
}
