import { type CreationState, createState } from "../src/create/creation.ts";
import type { ChatRequest, Usage } from "../src/llm/chat.ts";
import type { MeasuredReplies, RequestKind, Workload } from "../src/llm/estimate.ts";
import type { PriceList } from "../src/llm/prices.ts";
import type { PlannedCreation } from "../src/run/plan.ts";
import type { ProgressView } from "../src/run/progress.ts";

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

export const toContent = (content: string): ChatRequest => ({
  messages: [{ role: "user", content }],
  seed: 1,
  key: content,
});

const parameters = { model: "test-model", temperature: 1, topP: 1, maxTokens: 1000 };

/** With 32 bytes for the messages' frame a prompt of 400 bytes, and a reply of 200. */
export const creating: RequestKind = {
  request: toContent("p".repeat(368)),
  parameters,
  reply: "r".repeat(200),
  prices: dollars,
};

/** Three answers an example, of 20 prompt and 10 completion tokens. */
export const check: RequestKind & { times: number } = {
  request: toContent("q".repeat(48)),
  parameters: { ...parameters, model: "checker", maxTokens: 50 },
  reply: "a".repeat(40),
  prices: dollars,
  times: 3,
};

/** 100 examples, 5 a request. */
export function toWorkload(more: Partial<Workload> = {}): Workload {
  return {
    target: 100,
    perRequest: 5,
    creating,
    checking: null,
    concurrency: 8,
    chains: null,
    grows: false,
    batch: false,
    vectors: null,
    ...more,
  };
}

/** Ten replies that brought 40 examples, all of them new, in two seconds each. */
export const measured: MeasuredReplies = {
  replies: 10,
  waiting: 0,
  answered: 0,
  kept: 40,
  checked: 40,
  usage: { promptTokens: 120, completionTokens: 80 },
  checkUsage: null,
  seconds: 2,
  perSecond: null,
};

/** A state that processed 4 replies with 10 of 12 candidates kept, for 4 times 300 and 100 tokens. */
export function toState(more: Partial<CreationState> = {}): CreationState {
  return {
    ...createState(),
    funnel: { completions: 4, candidates: 12, valid: 11, new: 10, kept: 10 },
    inFlight: 6,
    rejections: { duplicate: 1, "wrong fields": 1 },
    labels: { True: 6, False: 4 },
    tokens: { promptTokens: 1200, completionTokens: 400, uncounted: 0, cut: 0, batched: unbatched },
    ...more,
  };
}

/** What a test says of a view otherwise than `toView` does. */
export interface ViewChoices extends Partial<Omit<ProgressView, "creation">> {
  task?: string;
  from?: "live" | "replay" | "sample";
  model?: string;
  workload?: Workload;
  prices?: PlannedCreation["prices"];
}

/** A live creation of 50 examples that is 8 seconds old. */
export function toView({
  task = "yesno_open/boolq",
  from = "live",
  model = "test-model",
  workload = toWorkload({ target: 50 }),
  prices = { creating: dollars, checking: null },
  ...more
}: ViewChoices = {}): ProgressView {
  const seeds = { example: 1, creation: 1, train: 1 };
  const creation = {
    run: { task: { name: task }, source: "tree", seeds },
    completions: { kind: from, model },
    plan: {
      shape: { options: "fixed" },
      target: workload.target,
      tokens: workload.tokens?.most ?? null,
    },
    workload,
    prices,
  };
  return {
    creation: creation as PlannedCreation,
    state: toState(),
    inFlight: 6,
    allowed: 8,
    throughput: { elapsed: 8, came: 4, live: 4, perSecond: 0.5, seconds: 2 },
    keptAfter: [],
    ...more,
  };
}
