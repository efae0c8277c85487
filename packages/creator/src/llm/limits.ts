import { AsyncLocalStorage } from "node:async_hooks";
import type { Chat, ChatRequest, Clock, Completion } from "./chat.ts";
import { RetryableError } from "./errors.ts";
import { createRateLimits, type Sent } from "./rate-limits.ts";

/** How many requests are in flight at once: one object for all chats with a server. */
export interface Limits {
  /** A chat whose requests wait for their turn, first come first served. */
  wrap: (chat: Chat) => Chat;
  /** Takes the headers of a response. */
  observe: (headers: Headers) => void;
  readonly inFlight: number;
  /** Requests that may be in flight now. Right after a cut more can still be out. */
  readonly allowed: number;
}

/** What limits begin with. */
export interface LimitsOptions {
  /** Requests in flight at most, and to begin with. */
  concurrency: number;
  clock: Clock;
  log: (line: string) => void;
}

/** A request that waits for its turn. */
interface Waiting {
  bytes: number;
  enter: (sent: Sent) => void;
}

/** The pause after a 429 that names none, doubled with each in a row, in milliseconds. */
const pauses = { first: 200, longest: 30_000 };

/**
 * Creates limits that adapt to the server. A 429 or a timeout halves what is allowed, once for all
 * that was out then; each round of replies raises it again by one, or by a sixteenth. Nothing is sent while the
 * server asks to wait or its headers grant nothing. A server that queues is named once.
 */
export function createLimits({ concurrency, clock, log }: LimitsOptions): Limits {
  const rates = createRateLimits();
  const queue = createQueueTest(concurrency, log);
  const current = new AsyncLocalStorage<Sent>();
  const waiting: Waiting[] = [];
  let inFlight = 0;
  let allowed = concurrency;
  let sent = 0;
  /** Requests sent before the last cut say nothing about what is allowed since. */
  let sentAtCut = 0;
  let refusals = 0;
  let wakesAt = Number.POSITIVE_INFINITY;

  const isFull = () => inFlight >= 0.9 * Math.floor(allowed);

  const send = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (inFlight >= Math.floor(allowed)) return;
      const now = clock.now();
      const at = rates.opensAt(next.bytes, now);
      if (at === Number.POSITIVE_INFINITY && inFlight === 0) {
        rates.forget();
        continue;
      }
      if (at > now) return wakeAt(at, now);
      waiting.shift();
      inFlight += 1;
      const upTo = rates.send(next.bytes);
      sent = upTo.requests;
      next.enter(upTo);
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

  const succeed = (request: number, completion: Completion, chat: Chat) => {
    refusals = 0;
    rates.learn(completion);
    queue.take(request, completion.ms, chat, isFull());
    if (isFull() && request > sentAtCut)
      allowed = Math.min(concurrency, allowed + Math.max(1 / allowed, 1 / 16));
  };

  const fail = (request: number, error: unknown) => {
    if (!(error instanceof RetryableError)) return;
    const { code, retryAfter } = error;
    rates.pause(retryAfter * 1000, clock.now());
    if ((code !== "rate limit" && code !== "timeout") || request <= sentAtCut) return;
    if (code === "rate limit")
      rates.pause(Math.min(pauses.first * 2 ** refusals++, pauses.longest), clock.now());
    allowed = Math.max(1, Math.floor(Math.min(allowed, inFlight) / 2));
    sentAtCut = sent;
    queue.stop();
  };

  return {
    wrap: (chat) => async (request) => {
      const upTo = await new Promise<Sent>((enter) => {
        waiting.push({ bytes: countBytes(request), enter });
        send();
      });
      try {
        const completion = await current.run(upTo, () => chat(request));
        succeed(upTo.requests, completion, chat);
        return completion;
      } catch (error) {
        fail(upTo.requests, error);
        throw error;
      } finally {
        inFlight -= 1;
        send();
      }
    },
    observe(headers) {
      rates.observe(headers, current.getStore(), clock.now());
      send();
    },
    get inFlight() {
      return inFlight;
    },
    get allowed() {
      return Math.floor(allowed);
    },
  };
}

function countBytes({ messages }: ChatRequest): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}

/** With fewer requests in flight the first replies tell too little. */
const leastConcurrency = 8;

/**
 * Tests once whether a server queues. The first half of the requests that are sent at once wait for
 * few others; later ones, sent under full load, wait for all. If their median latency is clearly
 * longer (half as long again, and three standard errors of the logarithms), the server serves fewer at once.
 */
function createQueueTest(concurrency: number, log: (line: string) => void) {
  const early: number[] = [];
  const late: number[] = [];
  let chat: Chat | null = null;
  let stopped = concurrency < leastConcurrency;
  return {
    /** @param request its number, from 1. @param of the chat: others may have other latencies */
    take(request: number, ms: number, of: Chat, full: boolean) {
      chat ??= of;
      if (stopped || of !== chat) return;
      if (request <= concurrency / 2) early.push(Math.log(ms));
      else if (request > concurrency && full) late.push(Math.log(ms));
      if (late.length < 4 * concurrency) return;
      stopped = true;
      const [before, after] = [describe(early), describe(late)];
      const rise = after.median - before.median;
      const error = 1.25 * Math.hypot(before.error, after.error);
      if (rise > Math.max(Math.log(1.5), 3 * error))
        log(
          `the server queues: a reply takes ${Math.exp(rise).toFixed(1)} times as long with ${concurrency} requests in flight as with few; a smaller --concurrency may be as fast`,
        );
    },
    stop() {
      stopped = true;
    },
  };
}

/** The median of values, and the standard error of their mean. */
function describe(values: number[]): { median: number; error: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    median: sorted[values.length >> 1] ?? Number.NaN,
    error: Math.sqrt(variance / values.length),
  };
}
