import { AsyncLocalStorage } from "node:async_hooks";
import { type Chat, type Clock, countBytes } from "./chat.ts";
import { isWait, RetryableError, throwIfTooLong } from "./errors.ts";
import { createAllowance, parseRateLimit } from "./rate-limits.ts";

/** How many requests are in flight at once: one object for all chats with a server. */
export type Limits = ReturnType<typeof createLimits>;

/** What a server may limit, by a request or all requests up to one. Tokens are estimated. */
type Amounts = Record<(typeof kinds)[number], number>;

const kinds = ["requests", "tokens"] as const;

/** A request that waits for its turn. */
interface Waiting {
  bytes: number;
  enter: (upTo: Amounts) => void;
  refuse: (error: unknown) => void;
}

/** What had been sent up to a request, for its reply's headers. One: each would cost every promise of the process a step. */
const current = new AsyncLocalStorage<Amounts>();

/** The pause after a 429 that names none, doubled with each in a row, in milliseconds. */
const pauses = { first: 200, longest: 30_000 };

/**
 * Creates limits that adapt to the server. A 429 or a timeout halves what is allowed, once for all
 * that was out then; each round of replies raises it again by one, or by a sixteenth. Nothing is sent while the
 * server asks to wait or its headers grant nothing. A server that queues is named once.
 * @param options concurrency: requests in flight at most, and to begin with; maxWait: milliseconds for which the
 *   server may ask to wait, or answer nothing else, by default 10 minutes
 */
export function createLimits(options: {
  concurrency: number;
  maxWait?: number | undefined;
  clock: Clock;
  log: (line: string) => void;
}) {
  const { concurrency, maxWait = 600_000, clock, log } = options;
  const granted = { requests: createAllowance(), tokens: createAllowance() };
  let testQueue = concurrency < leastConcurrency ? null : createQueueTest(concurrency, log);
  /** The chat whose latencies are compared: others may have other ones. */
  let compared: Chat | null = null;
  const waiting: Waiting[] = [];
  const replies = { count: 0, tokens: 0 };
  let inFlight = 0;
  let allowed = concurrency;
  let sent = 0;
  /** Requests sent before the last cut say nothing about what is allowed since. */
  let sentAtCut = 0;
  let refusals = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let wakesAt = Number.POSITIVE_INFINITY;
  let lastReply: number | null = null;
  let hasWaited = false;
  /** Why nothing is sent any more. */
  let ended: unknown = null;

  const isFull = () => inFlight >= 0.9 * Math.floor(allowed);

  /** Tokens of a request: a quarter a byte, and the mean reply so far. */
  const estimateTokens = (bytes: number) => bytes / 4 + replies.tokens / Math.max(1, replies.count);

  const send = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (inFlight >= Math.floor(allowed)) return;
      const now = clock.now();
      const amounts: Amounts = { requests: 1, tokens: estimateTokens(next.bytes) };
      const granting = Math.max(...kinds.map((kind) => granted[kind].opensAt(amounts[kind], now)));
      if (granting === Number.POSITIVE_INFINITY && inFlight === 0) {
        for (const kind of kinds) granted[kind].forget();
        continue;
      }
      const at = Math.max(Math.min(granting, now + maxWait), pausedUntil);
      if (inFlight === 0 && at - now > 5000 && !hasWaited) {
        log(`the server grants no request now: waiting ${Math.ceil((at - now) / 1000)} s`);
        hasWaited = true;
      }
      if (at > now) return wakeAt(at, now);
      waiting.shift();
      inFlight += 1;
      sent = granted.requests.send(1);
      next.enter({ requests: sent, tokens: granted.tokens.send(amounts.tokens) });
    }
  };

  const wakeAt = (at: number, now: number) => {
    if (at >= wakesAt || at === Number.POSITIVE_INFINITY) return;
    wakesAt = at;
    clock.sleep(Math.ceil(at - now)).then(() => {
      if (wakesAt === at) wakesAt = Number.POSITIVE_INFINITY;
      send();
    });
  };

  const pause = (ms: number) => {
    pausedUntil = Math.max(pausedUntil, clock.now() + ms);
  };

  const fail = (request: number, error: unknown) => {
    if (!(error instanceof RetryableError)) return;
    const { code, retryAfter, message } = error;
    const isAsked = isWait(error);
    if (isAsked) {
      throwIfTooLong(error, clock.now() - (lastReply ?? clock.now()), maxWait);
      if (!hasWaited) log(`${message}; waiting, at most ${maxWait / 60_000} min (--max-wait)`);
      hasWaited = true;
    }
    pause(Math.min(retryAfter * 1000, maxWait));
    if ((!isAsked && code !== "timeout") || request <= sentAtCut) return;
    if (isAsked) pause(Math.min(pauses.first * 2 ** refusals++, pauses.longest));
    allowed = Math.max(1, Math.floor(Math.min(allowed, inFlight) / 2));
    sentAtCut = sent;
    testQueue = null;
  };

  /** Ends what waits and what comes: a server that asks to wait too long answers nobody. */
  const end = (error: unknown) => {
    ended = error;
    for (const { refuse } of waiting.splice(0)) refuse(error);
  };

  return {
    /** A chat whose requests wait for their turn, first come first served. */
    wrap:
      (chat: Chat): Chat =>
      async (request) => {
        if (ended) throw ended;
        const upTo = await new Promise<Amounts>((enter, refuse) => {
          lastReply ??= clock.now();
          waiting.push({ bytes: countBytes(request), enter, refuse });
          send();
        });
        try {
          const completion = await current.run(upTo, () => chat(request));
          refusals = 0;
          lastReply = clock.now();
          if (completion.usage) {
            replies.count += 1;
            replies.tokens += completion.usage.completionTokens;
          }
          compared ??= chat;
          const { requests } = upTo;
          if (chat === compared && (isFull() || requests <= concurrency))
            testQueue?.(requests, completion.ms);
          if (isFull() && requests > sentAtCut)
            allowed = Math.min(concurrency, allowed + Math.max(1 / allowed, 1 / 16));
          return completion;
        } catch (error) {
          try {
            fail(upTo.requests, error);
          } catch (final) {
            end(final);
            throw final;
          }
          throw error;
        } finally {
          inFlight -= 1;
          send();
        }
      },
    /** Takes the headers of a response. */
    observe(headers: Headers) {
      const upTo = current.getStore();
      for (const kind of kinds)
        granted[kind].update(parseRateLimit(headers, kind), upTo?.[kind], clock.now());
      send();
    },
    get inFlight() {
      return inFlight;
    },
    /** Requests that may be in flight now. Right after a cut more can still be out. */
    get allowed() {
      return Math.floor(allowed);
    },
  };
}

/** With fewer requests in flight the first replies tell too little. */
const leastConcurrency = 8;

/**
 * Tests once whether a server queues. The first half of the requests that are sent at once wait for
 * few others; later ones, sent under full load, wait for all. If their median latency is clearly
 * longer (half as long again, and three standard errors of the logarithms), the server serves fewer at once.
 * @returns takes a request's number, from 1, and its milliseconds
 */
function createQueueTest(concurrency: number, log: (line: string) => void) {
  const early: number[] = [];
  const late: number[] = [];
  return (request: number, ms: number) => {
    if (request <= concurrency / 2) early.push(Math.log(ms));
    if (request <= concurrency) return;
    late.push(Math.log(ms));
    if (late.length !== 4 * concurrency) return;
    const [before, after] = [describe(early), describe(late)];
    const rise = after.median - before.median;
    const error = 1.25 * Math.hypot(before.error, after.error);
    if (rise > Math.max(Math.log(1.5), 3 * error))
      log(
        `the server queues: a reply takes ${Math.exp(rise).toFixed(1)} times as long with ${concurrency} requests in flight as with few; a smaller --concurrency may be as fast`,
      );
  };
}

/** The median of values, and the standard error of their mean. */
function describe(values: number[]): { median: number; error: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const median = values.toSorted((a, b) => a - b)[n >> 1] ?? Number.NaN;
  return { median, error: Math.sqrt(variance / n) };
}
