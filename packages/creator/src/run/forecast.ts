import type { ChatRequest, Parameters, Usage } from "../llm/chat.ts";
import { computeWorstCase } from "../llm/chat.ts";
import type { PriceList } from "../llm/prices.ts";

/** One kind of request, as the first of them would be. */
export interface Asking {
  request: ChatRequest;
  parameters: Parameters;
  /** A reply as hoped for. */
  reply: string;
  /** null: no price is known. */
  prices: PriceList | null;
}

/** What a run's journal already tells, by its means over the replies in it. */
export interface JournalFacts {
  replies: number;
  /** Examples kept of them so far. */
  kept: number;
  ms: number;
  /** null: the server did not count. */
  usage: Usage | null;
}

/** A live creation that is not done. */
export interface Undone {
  target: number;
  perRequest: number;
  creating: Asking;
  /** The label check, if there is one: so many answers an example. */
  checking: (Asking & { times: number }) | null;
  concurrency: number;
  /** Requests in flight at most by the setting: its chains; null: as many as one likes. */
  chains: number | null;
  /** Whether what is shown must have been created before: a tree begins with one request. */
  grows: boolean;
  batch: boolean;
  journal: JournalFacts | null;
}

/** What one creation would ask from now on. */
export interface Forecast {
  /** Examples that are missing. */
  examples: number;
  requests: number;
  /** Requests of the label check. */
  answers: number;
  /** Replies of the journal that it goes by; 0: by assumptions. */
  from: number;
  tokens: Estimate;
  /** null: no price is known. */
  usd: Estimate | null;
  /** 0 for a batch. */
  seconds: number;
  /** Batches that wait for one another, each for a day at most; 0: asked at once. */
  batches: number;
}

/** What is expected, and the same number of requests with each at its limit. */
export interface Estimate {
  expected: number;
  worst: number;
}

/** Completion tokens a second and request that are assumed where no reply has come. */
export const assumedSpeed = 50;

/** Bytes that are taken for a token where a server has not counted yet. */
export const assumedBytes = 4;

/** Replies of a journal before which it tells too little. */
const enough = 3;

/** What a creation would ask from now on, with what that takes: by its journal's replies, else by assumptions. */
export function toForecast(run: Undone): Forecast {
  const { creating, checking, perRequest } = run;
  const journal = run.journal && run.journal.replies >= enough ? run.journal : null;
  const examples = Math.max(0, run.target - (run.journal?.kept ?? 0));
  const perReply = journal && journal.kept > 0 ? journal.kept / journal.replies : perRequest;
  const requests = Math.ceil(examples / perReply);
  const answers = examples * (checking?.times ?? 0);
  const each = journal?.usage ?? toExpected(creating);
  const parts = [{ n: requests, asking: creating, expected: each }];
  if (checking) parts.push({ n: answers, asking: checking, expected: toExpected(checking) });
  const tokens = addUp(
    parts,
    ({ promptTokens, completionTokens }) => promptTokens + completionTokens,
  );
  const known = parts.every(({ asking }) => asking.prices !== null);
  return {
    examples,
    requests,
    answers,
    from: journal?.replies ?? 0,
    tokens,
    usd: known ? addUp(parts, (usage, { prices }) => prices?.usd(usage) ?? 0) : null,
    seconds: run.batch ? 0 : toSeconds(run, requests, journal ? journal.ms / 1000 : toTime(each)),
    batches: run.batch ? toBatches(run, requests, perReply) : 0,
  };
}

/** All forecasts together, one run after the other. */
export function toTotal(forecasts: readonly Forecast[]): Forecast {
  const add = (of: (one: Forecast) => number) => forecasts.reduce((sum, one) => sum + of(one), 0);
  return {
    examples: add(({ examples }) => examples),
    requests: add(({ requests }) => requests),
    answers: add(({ answers }) => answers),
    from: add(({ from }) => from),
    tokens: {
      expected: add(({ tokens }) => tokens.expected),
      worst: add(({ tokens }) => tokens.worst),
    },
    usd: forecasts.some(({ usd }) => usd === null)
      ? null
      : {
          expected: add(({ usd }) => usd?.expected ?? 0),
          worst: add(({ usd }) => usd?.worst ?? 0),
        },
    seconds: add(({ seconds }) => seconds),
    batches: add(({ batches }) => batches),
  };
}

/** A fourth of the bytes, the reply's within its limit. */
function toExpected({ request, parameters, reply }: Asking): Usage {
  const most = computeWorstCase(request, parameters);
  const replied = Math.ceil(Buffer.byteLength(reply) / assumedBytes);
  return {
    promptTokens: Math.ceil(most.promptTokens / assumedBytes),
    completionTokens: Math.min(most.completionTokens, replied),
  };
}

function addUp(
  parts: readonly { n: number; asking: Asking; expected: Usage }[],
  of: (usage: Usage, asking: Asking) => number,
): Estimate {
  const sum = (toUsage: (part: (typeof parts)[number]) => Usage) =>
    parts.reduce((all, part) => all + part.n * of(toUsage(part), part.asking), 0);
  return {
    expected: sum(({ expected }) => expected),
    worst: sum(({ asking }) => computeWorstCase(asking.request, asking.parameters)),
  };
}

function toTime({ completionTokens }: Usage): number {
  return completionTokens / assumedSpeed;
}

/**
 * Rounds of as many requests as may be in flight, each followed by its replies' label check; or, if
 * that takes longer, all requests spread over what may be in flight.
 */
function toSeconds(run: Undone, requests: number, each: number): number {
  const { concurrency, chains, checking, perRequest } = run;
  const atOnce = Math.min(concurrency, chains ?? concurrency);
  const answer = checking ? toTime(toExpected(checking)) : 0;
  const asked = perRequest * (checking?.times ?? 0);
  const round = each + Math.ceil(asked / concurrency) * answer;
  const work = requests * (each + asked * answer);
  return Math.max(Math.ceil(requests / atOnce) * round, work / concurrency);
}

/** Batches that wait for one another: a wave holds all that can be asked without a further reply. */
function toBatches({ chains, grows }: Undone, requests: number, perReply: number): number {
  if (chains !== null) return Math.ceil(requests / chains);
  if (!grows) return Math.min(1, requests);
  let batches = 0;
  for (let asked = 0, wave = 1; asked < requests; wave = Math.max(1, Math.floor(wave * perReply))) {
    asked += wave;
    batches += 1;
  }
  return batches;
}
