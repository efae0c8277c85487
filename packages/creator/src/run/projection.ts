import { renderAbout, renderSeconds, renderUsd, renderWhole } from "@seedling/core/internal";
import type { Tokens } from "../create/progress.ts";
import type { Usage } from "../llm/chat.ts";
import type { View } from "./view.ts";

/** What a creation will have come to, by its replies so far. */
export interface Projection {
  /** Creation requests in all. */
  requests: number;
  /** In all, the label check's included; null: the server does not count. */
  tokens: number | null;
  /** In all; null where a price or the tokens are not known. */
  usd: number | null;
  /** Still to go; null before the first live reply. */
  seconds: number | null;
}

/** Settled replies before which nothing is projected: the pilot. */
const pilot = 3;

/**
 * Projects a live creation from what it came to so far: its yield, the tokens of its replies and of
 * its label check's, and their pace. Corrected by every further reply.
 * @returns null before there is anything to go by, and for a replay, which asks nothing
 */
export function toProjection(view: View): Projection | null {
  const { state, target, pace, prices, verify } = view;
  const { completions, kept, new: found } = state.funnel;
  if (view.from !== "live" || completions < pilot || kept === 0) return null;
  const came = Math.max(pace.came, completions);
  const missing = Math.ceil(((target - kept) * completions) / kept);
  const requests = Math.max(came, completions + missing);
  const answers = (verify ?? 0) * Math.round((found / completions) * requests);
  const parts = [{ n: requests, each: toMean(state.tokens, came), list: prices.creating }];
  if (answers > 0)
    parts.push({
      n: answers,
      each: toMean(state.checking, state.checking.replies),
      list: prices.checking,
    });
  return {
    requests,
    tokens: sum(
      parts.map(({ n, each }) => each && n * (each.promptTokens + each.completionTokens)),
    ),
    usd: sum(parts.map(({ n, each, list }) => each && list && n * list.usd(each))),
    seconds: toSeconds(view, requests - came),
  };
}

/** Tokens of one reply, of those that the server counted; null: it counted none. */
function toMean({ promptTokens, completionTokens, uncounted }: Tokens, replies: number) {
  const counted = replies - uncounted;
  if (counted <= 0) return null;
  const mean: Usage = {
    promptTokens: promptTokens / counted,
    completionTokens: completionTokens / counted,
  };
  return mean;
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce((all, one) => (all === null || one === null ? null : all + one), 0);
}

/**
 * The time that so many replies take. Until two rounds of what may be in flight have come, replies
 * a second say little (a tree begins with one request), and rounds of one reply's time are counted.
 */
function toSeconds({ pace, allowed, chains }: View, replies: number): number | null {
  const atOnce = Math.min(allowed, chains ?? allowed);
  if (pace.perSecond !== null && pace.live >= 2 * atOnce) return replies / pace.perSecond;
  if (pace.seconds === null) return null;
  return Math.ceil(replies / atOnce) * pace.seconds;
}

/** The pilot's line: `after 3 replies: about 120 requests, 96,000 tokens, 0.05 USD, 4 min`. */
export function renderProjection(
  { requests, tokens, usd, seconds }: Projection,
  view: View,
): string {
  const { elapsed } = view.pace;
  const parts = [
    `about ${renderWhole(requests)} requests`,
    tokens === null
      ? "tokens unknown (the server does not count)"
      : `${renderAbout(tokens)} tokens`,
    ...(usd === null ? [] : [`${renderUsd(usd)} USD`]),
    ...(seconds === null ? [] : [renderSeconds(elapsed + seconds)]),
  ];
  return `  after ${view.state.funnel.completions} replies: ${parts.join(", ")}`;
}
