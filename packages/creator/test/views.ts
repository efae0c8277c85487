import { type Progress, toStart } from "../src/create/progress.ts";
import type { Usage } from "../src/llm/chat.ts";
import type { PriceList } from "../src/llm/prices.ts";
import type { View } from "../src/run/view.ts";

const usd = ({ promptTokens, completionTokens }: Usage) =>
  (promptTokens + 2 * completionTokens) / 1e6;
/** A dollar a million prompt tokens, two a million completion tokens. */
export const dollars: PriceList = {
  usd,
  usdOf: (spending) => usd(spending) - usd(spending.batched) / 2,
  describe: "1 USD per million prompt tokens and 2 per million completion tokens (a test's)",
};

/** No reply came by a batch. */
export const unbatched: Usage = { promptTokens: 0, completionTokens: 0 };

/** A state that settled 4 replies with 10 of 12 candidates kept, for 4 times 300 and 100 tokens. */
export function toState(more: Partial<Progress> = {}): Progress {
  return {
    ...toStart(),
    funnel: { completions: 4, candidates: 12, valid: 11, new: 10, kept: 10 },
    inFlight: 6,
    rejections: { duplicate: 1, "wrong fields": 1 },
    labels: { True: 6, False: 4 },
    tokens: { promptTokens: 1200, completionTokens: 400, uncounted: 0, batched: unbatched },
    ...more,
  };
}

/** A live creation of 50 examples that is 8 seconds old. */
export function toView(more: Partial<View> = {}): View {
  return {
    name: "yesno_open/boolq tree seed 1",
    from: "live",
    model: "test-model",
    options: "fixed",
    target: 50,
    state: toState(),
    inFlight: 6,
    concurrency: 8,
    allowed: 8,
    chains: null,
    verify: null,
    prices: { creating: dollars, checking: null },
    pace: { elapsed: 8, came: 4, live: 4, perSecond: 0.5, seconds: 2 },
    ...more,
  };
}
