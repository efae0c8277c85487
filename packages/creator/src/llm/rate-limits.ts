import type { Completion } from "./chat.ts";

/** A server's limit of one kind, as the headers of a reply give it. */
export interface RateLimit {
  /** What a fresh window grants; null where the server does not say. */
  limit: number | null;
  remaining: number;
  /** Milliseconds until the window is fresh again. */
  reset: number;
}

/** What had been sent up to a request, itself included. */
export interface Sent {
  requests: number;
  /** Estimated. */
  tokens: number;
}

/** When the next request may be sent, by what the server said. Times in milliseconds. */
export interface RateLimits {
  /** @param bytes of the next request's messages. @returns Infinity: not before another reply has come */
  opensAt: (bytes: number, now: number) => number;
  send: (bytes: number) => Sent;
  /** Takes a response's headers. @param sent up to the request they answer, where that is known */
  observe: (headers: Headers, sent: Sent | undefined, now: number) => void;
  /** Sends nothing for so long, two minutes at most. */
  pause: (ms: number, now: number) => void;
  /** Learns from a reply how many tokens replies take. */
  learn: (completion: Completion) => void;
  /** Forgets what headers said. */
  forget: () => void;
}

/** The longest wait that a server is granted, in milliseconds. */
export const longestWait = 120_000;

/**
 * Creates rate limits that hold nothing back before the server says something. A request counts as
 * a quarter token a byte and the mean reply so far.
 */
export function createRateLimits(): RateLimits {
  const requests = createAllowance();
  const tokens = createAllowance();
  const replies = { count: 0, tokens: 0 };
  let pausedUntil = Number.NEGATIVE_INFINITY;

  const estimateTokens = (bytes: number) => bytes / 4 + replies.tokens / Math.max(1, replies.count);
  const pause = (ms: number, now: number) => {
    pausedUntil = Math.max(pausedUntil, now + Math.min(ms, longestWait));
  };

  return {
    opensAt: (bytes, now) =>
      Math.max(requests.opensAt(1, now), tokens.opensAt(estimateTokens(bytes), now), pausedUntil),
    send: (bytes) => ({ requests: requests.send(1), tokens: tokens.send(estimateTokens(bytes)) }),
    observe(headers, sent, now) {
      requests.update(parseRateLimit(headers, "requests"), sent?.requests, now);
      tokens.update(parseRateLimit(headers, "tokens"), sent?.tokens, now);
      pause(parseRetryAfter(headers, now), now);
    },
    pause,
    learn({ usage }) {
      if (!usage) return;
      replies.count += 1;
      replies.tokens += usage.completionTokens;
    },
    forget() {
      requests.forget();
      tokens.forget();
    },
  };
}

/** What a server still grants of one kind, requests or tokens. */
export interface Allowance {
  /** Counts what is sent. @returns all that was sent, this included */
  send: (amount: number) => number;
  /** Takes a reply's limit. @param upTo all that was sent up to the request it answers; older ones are no news */
  update: (limit: RateLimit | null, upTo: number | undefined, now: number) => void;
  /** When so much may be sent: now, later, or Infinity: not before another reply has come. */
  opensAt: (amount: number, now: number) => number;
  forget: () => void;
}

/**
 * Creates an allowance that holds nothing back before it knows a limit. What was sent after the
 * request that a reply answers is subtracted from what that reply grants; a reset restores the whole limit.
 */
export function createAllowance(): Allowance {
  let sent = 0;
  let known: { limit: number | null; remaining: number; resetAt: number; upTo: number } | null =
    null;
  return {
    send(amount) {
      sent += amount;
      return sent;
    },
    update(given, upTo = sent, now) {
      if (given === null || (known !== null && upTo < known.upTo)) return;
      const { limit, remaining, reset } = given;
      known = { limit, remaining, resetAt: now + reset, upTo };
    },
    opensAt(amount, now) {
      if (known && now >= known.resetAt) {
        const { limit } = known;
        known = limit ? { limit, remaining: limit, resetAt: Infinity, upTo: sent } : null;
      }
      if (!known) return now;
      const left = known.remaining - (sent - known.upTo);
      return left >= Math.min(amount, known.limit ?? amount) ? now : known.resetAt;
    },
    forget() {
      known = null;
    },
  };
}

/** Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`; null where these cannot be read. */
export function parseRateLimit(headers: Headers, kind: "requests" | "tokens"): RateLimit | null {
  const get = (field: string) => headers.get(`x-ratelimit-${field}-${kind}`);
  const remaining = parseCount(get("remaining"));
  const reset = parseDuration(get("reset"));
  if (remaining === null || reset === null) return null;
  return { limit: parseCount(get("limit")), remaining, reset: Math.min(reset, longestWait) };
}

/**
 * Reads how long a server asks to wait, in milliseconds, two minutes at most: `retry-after-ms`, or
 * `retry-after` in seconds or as a date; 0 where it says nothing that can be read.
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(headers: Headers, now: number): number {
  const ms = parseCount(headers.get("retry-after-ms"));
  const text = headers.get("retry-after");
  const wait = ms ?? parseDuration(text) ?? (Date.parse(text ?? "") - now || 0);
  return Math.min(Math.max(0, wait), longestWait);
}

function parseCount(text: string | null): number | null {
  return text !== null && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Math.max(0, Number(text)) : null;
}

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Parses a duration such as `20ms`, `1m2.5s` or plain seconds into milliseconds; null for anything else. */
export function parseDuration(text: string | null): number | null {
  const given = text?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  if (!/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(given)) return null;
  let sum = 0;
  for (const [, number, unit] of given.matchAll(/([\d.]+)([a-z]+)/g))
    sum += Number(number) * units[unit as keyof typeof units];
  return sum;
}
