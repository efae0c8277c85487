import { type ChatRequest, computeWorstCase, type Parameters, type Usage } from "./chat.ts";
import type { PriceList } from "./prices.ts";

/** One kind of request, as the first of them would be. */
export interface RequestKind {
  request: ChatRequest;
  parameters: Parameters;
  /** A reply as hoped for. */
  reply: string;
  /** null: no price is known. */
  prices: PriceList | null;
}

/** What a run asks for: everything that its estimate depends on. */
export interface Workload {
  /** Examples, or answers, wanted in all. */
  target: number;
  /** Tokens that end it before, and whether those of the label check are among them. Default: however many. */
  tokens?: { most: number; withChecks: boolean };
  perRequest: number;
  creating: RequestKind;
  /** Requests before all others, by which the model names what these ask for: one, and then the rest at once. */
  naming?: RequestKind & { requests: number };
  /** The label check, if there is one: so many answers an example. */
  checking: (RequestKind & { times: number }) | null;
  concurrency: number;
  /** Requests in flight at most by the setting: its chains; null: as many as one likes. */
  chains: number | null;
  /** Of a balanced creation how many of each label are wanted, and requests in flight at most, since all are waited for before the next. */
  balanced?: { quotas: ReadonlyMap<string, number>; block: number };
  /** The same of a creation that looks at a classifier between chunks. */
  chunk?: number;
  /** Whether what is shown must have been created before: a tree begins with one request. */
  grows: boolean;
  batch: boolean;
  /** What --near-cosine compares: each kept question with those before it, and with each item; null: nothing. */
  vectors: { amongThemselves: boolean; items: number } | null;
}

/** What replies so far say, by their means. */
export interface MeasuredReplies {
  /** Processed replies. */
  replies: number;
  /** Tokens up to the last of them, of those that `tokens` counts. Default: 0. */
  counted?: number;
  /** Replies that came and are not processed, and answers of the label check about their examples. */
  waiting: number;
  answered: number;
  /** Replies to the requests before all others. Default: 0. */
  named?: number;
  /** Examples kept of the processed ones, and those of them that were new: each of these is label-checked. */
  kept: number;
  checked: number;
  /** Those kept by label; left out: not known. */
  labels?: Readonly<Record<string, number>>;
  /** The last replies of a balanced creation, which bring less once labels are full; left out: all count. */
  late?: { replies: number; kept: number } | undefined;
  /** Tokens of a reply, and of a label check's; null: the server did not count. */
  usage: Usage | null;
  checkUsage: Usage | null;
  /** Seconds from asking to the reply. */
  seconds: number | null;
  /** Replies a second, once there are enough to tell; null: not measured. */
  perSecond: number | null;
}

/** What a run asks from now on. */
export type CostEstimate = ReturnType<typeof estimate>;

/** What requests cost; usd null: no price is known. */
type Cost = { tokens: ExpectedAndWorst; usd: ExpectedAndWorst | null };

/** What is expected, and the same number of requests with each at its limit. */
export type ExpectedAndWorst = Record<"expected" | "worst", number>;

/**
 * What a run does. done: its result is there, from these very inputs; free: nothing is asked for it;
 * cannot start: why it would fail at once; todo: what it asks.
 */
export type CreatorPlan =
  | { state: "done" | "free" | "cannot start"; why: string }
  | { state: "todo"; workload: Workload; estimate: CostEstimate };

/** Completion tokens a second and request that are assumed where no reply has come. */
export const assumedSpeed = 50;

/** Bytes that are taken for a token where a server has not counted yet. */
export const assumedBytes = 4;

/** Pairs of vectors that are compared a second, at 768 dimensions each. */
const pairsPerSecond = 1.5e6;

/** Measured replies before which these say too little. */
export const enoughReplies = 3;

/** Estimates what a run asks from now on, and what that takes: by the replies so far, else by assumptions. */
export function estimate(workload: Workload, sofar: MeasuredReplies | null) {
  const { creating, checking, perRequest, target, batch } = workload;
  const measured = sofar && sofar.replies >= enoughReplies ? sofar : null;
  const kept = sofar?.kept ?? 0;
  const missing = Math.max(0, target - kept);
  const of = measured?.late ?? measured;
  const perReply = of && measured?.kept ? Math.max(of.kept, 1) / of.replies : perRequest;
  const wanted = listMissing(workload, sofar, missing)
    .map((missing) => missing / perReply)
    .reduce((sum, n) => sum + (workload.balanced ? Math.ceil(n) : n), 0);
  const usage = measured?.usage ?? expectUsage(creating);
  const checkUsage = checking && (measured?.checkUsage ?? expectUsage(checking));
  const checkedPerReply = measured?.kept ? measured.checked / measured.replies : perRequest;
  const replies = Math.min(
    wanted,
    countReplies(workload, sofar, { usage, checkUsage, checkedPerReply }),
  );
  const examples = Math.min(missing, Math.round(replies * perReply));
  const requests = Math.max(0, Math.ceil(replies) - (sofar?.waiting ?? 0));
  const checks = Math.round(replies * checkedPerReply) * (checking?.times ?? 0);
  const { naming } = workload;
  const names = Math.max(0, (naming?.requests ?? 0) - (sofar?.named ?? 0));
  const answers = Math.max(0, checks - (sofar?.answered ?? 0));
  const costs = [computeCosts(requests, creating, usage)];
  if (naming) costs.push(computeCosts(names, naming, expectUsage(naming)));
  if (checking && checkUsage) costs.push(computeCosts(answers, checking, checkUsage));
  const rounds = () =>
    estimateSeconds(workload, requests, measured?.seconds ?? estimateLatency(usage));
  const first = naming ? Math.min(names, 2) * estimateLatency(expectUsage(naming)) : 0;
  const asking = measured?.perSecond ? requests / measured.perSecond : rounds();
  return {
    /** Examples that are missing. */
    examples,
    requests: requests + names,
    /** Requests of the label check. */
    answers,
    /** Measured replies that it goes by; 0: by assumptions. */
    from: measured?.replies ?? 0,
    ...addCosts(costs),
    /** 0 for a batch. */
    seconds:
      (batch ? 0 : asking + first) + countPairs(workload, kept, kept + examples) / pairsPerSecond,
    /** Batches that wait for one another, each for a day at most; 0: asked at once. */
    batches: batch ? countBatches(workload, requests, perReply) + Math.min(names, 2) : 0,
  };
}

/** Counts the replies that tokens are left for. @param each what one takes */
function countReplies(
  { tokens, naming, checking }: Workload,
  sofar: MeasuredReplies | null,
  each: { usage: Usage; checkUsage: Usage | null; checkedPerReply: number },
): number {
  if (!tokens) return Number.POSITIVE_INFINITY;
  const sum = ({ promptTokens, completionTokens }: Usage) => promptTokens + completionTokens;
  const names = naming ? Math.max(0, naming.requests - (sofar?.named ?? 0)) : 0;
  const before = naming ? names * sum(expectUsage(naming)) : 0;
  const checks = checking && tokens.withChecks ? each.checkedPerReply * checking.times : 0;
  const checked = each.checkUsage ? checks * sum(each.checkUsage) : 0;
  const left = tokens.most - (sofar?.counted ?? 0) - before;
  return Math.max(0, left / (sum(each.usage) + checked));
}

/** Lists the examples that are missing of each label that has requests of its own; of all together, where none has. */
function listMissing(
  { balanced, target }: Workload,
  sofar: MeasuredReplies | null,
  examples: number,
): number[] {
  if (!balanced) return [examples];
  return [...balanced.quotas].map(([label, quota]) => {
    const kept = sofar?.labels ? (sofar.labels[label] ?? 0) : quota * (1 - examples / target);
    return Math.max(0, quota - kept);
  });
}

/** Averages the tokens of replies whose server counted; null: it counted none. */
export function averageUsage(
  { promptTokens, completionTokens, uncounted }: Usage & { uncounted: number },
  replies: number,
): Usage | null {
  const n = replies - uncounted;
  return n > 0 ? { promptTokens: promptTokens / n, completionTokens: completionTokens / n } : null;
}

/** Adds up estimates of runs that go one after the other. */
export function addEstimates(estimates: readonly CostEstimate[]): CostEstimate {
  const counts = { examples: 0, requests: 0, answers: 0, from: 0, seconds: 0, batches: 0 };
  for (const one of estimates)
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += one[key];
  return { ...counts, ...addCosts(estimates) };
}

/** Adds up costs, in USD only if every price is known. */
function addCosts(costs: readonly Cost[]): Cost {
  const add = (amounts: readonly ExpectedAndWorst[]) => ({
    expected: amounts.reduce((sum, { expected }) => sum + expected, 0),
    worst: amounts.reduce((sum, { worst }) => sum + worst, 0),
  });
  const usd = costs.flatMap((one) => one.usd ?? []);
  return {
    tokens: add(costs.map(({ tokens }) => tokens)),
    usd: usd.length === costs.length ? add(usd) : null,
  };
}

/** Computes what n requests of a kind cost. */
function computeCosts(n: number, kind: RequestKind, expected: Usage): Cost {
  const { request, parameters, prices } = kind;
  const worst = computeWorstCase(request, parameters);
  const both = (cost: (usage: Usage) => number) => ({
    expected: n * cost(expected),
    worst: n * cost(worst),
  });
  return {
    tokens: both(({ promptTokens, completionTokens }) => promptTokens + completionTokens),
    usd: prices && both(prices.usd),
  };
}

/** A fourth of the bytes, the reply's within its limit. */
function expectUsage({ request, parameters, reply }: RequestKind): Usage {
  const most = computeWorstCase(request, parameters);
  const replied = Math.ceil(Buffer.byteLength(reply) / assumedBytes);
  return {
    promptTokens: Math.ceil(most.promptTokens / assumedBytes),
    completionTokens: Math.min(most.completionTokens, replied),
  };
}

/** Seconds from asking to a reply of so many tokens. */
function estimateLatency({ completionTokens }: Usage): number {
  return completionTokens / assumedSpeed;
}

/**
 * Rounds of as many requests as may be in flight, each followed by its replies' label check; or, if
 * that takes longer, all requests spread over what may be in flight.
 */
function estimateSeconds(workload: Workload, requests: number, each: number): number {
  const { concurrency, checking, perRequest } = workload;
  const answer = checking ? estimateLatency(expectUsage(checking)) : 0;
  const asked = perRequest * (checking?.times ?? 0);
  const round = each + Math.ceil(asked / concurrency) * answer;
  const work = requests * (each + asked * answer);
  return Math.max(Math.ceil(requests / countAtOnce(workload)) * round, work / concurrency);
}

/** Counts the requests that may be in flight at once. */
export function countAtOnce({ concurrency, chains, chunk, balanced }: Workload): number {
  return Math.min(
    concurrency,
    ...[chains, chunk, balanced?.block].map((one) => one ?? concurrency),
  );
}

/** Counts the pairs of vectors that are compared from now on: their number grows with the square of all that are kept. */
function countPairs({ vectors }: Workload, kept: number, all: number): number {
  if (!vectors) return 0;
  const pairs = vectors.amongThemselves ? (all ** 2 - kept ** 2) / 2 : 0;
  return pairs + (all - kept) * vectors.items;
}

/**
 * Counts batches that wait for one another: a wave holds all that can be asked without a further reply, and is followed
 * by one of its label check.
 */
function countBatches(workload: Workload, requests: number, perReply: number): number {
  const waves = countWaves(workload, requests, perReply);
  return workload.checking ? 2 * waves : waves;
}

function countWaves(workload: Workload, requests: number, perReply: number): number {
  const most = Math.max(1, countAtOnce({ ...workload, concurrency: requests }));
  if (!workload.grows) return Math.ceil(requests / most);
  let batches = 0;
  for (let asked = 0, wave = 1; asked < requests; wave = Math.max(1, Math.floor(wave * perReply))) {
    asked += Math.min(wave, most);
    batches += 1;
  }
  return batches;
}
