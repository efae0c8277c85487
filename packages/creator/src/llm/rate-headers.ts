/** One of a server's limits, as a reply's headers tell it. */
export interface RateLimit {
  /** What a fresh window grants; null where it is not told. */
  limit: number | null;
  remaining: number;
  /** Milliseconds until the window is fresh again. */
  reset: number;
}

/** All that a reply's headers say about how much may be asked. */
export interface RateReport {
  requests: RateLimit | null;
  tokens: RateLimit | null;
  /** Milliseconds that the server asks to wait; 0: it does not. */
  retryAfter: number;
}

/** The longest wait that a server is granted, in milliseconds. */
export const longestWait = 120_000;

/**
 * Reads the headers `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, `retry-after-ms` and
 * `retry-after`; what cannot be read counts as not said. No wait is longer than `longestWait`.
 * @param now milliseconds since 1970, for a Retry-After that is a date
 */
export function parseRateHeaders(headers: Headers, now: number): RateReport {
  return {
    requests: parseRateLimit(headers, "requests"),
    tokens: parseRateLimit(headers, "tokens"),
    retryAfter: parseRetryAfter(headers, now),
  };
}

function parseRateLimit(headers: Headers, what: "requests" | "tokens"): RateLimit | null {
  const get = (field: string) => headers.get(`x-ratelimit-${field}-${what}`);
  const remaining = parseCount(get("remaining"));
  const reset = parseDuration(get("reset"));
  if (remaining === null || reset === null) return null;
  return { limit: parseCount(get("limit")), remaining, reset: Math.min(reset, longestWait) };
}

function parseCount(text: string | null): number | null {
  return text !== null && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Math.max(0, Number(text)) : null;
}

/** Milliseconds that a server asks to wait, by `retry-after-ms`, or by `retry-after` in seconds or as a date. */
export function parseRetryAfter(headers: Headers, now: number): number {
  const ms = parseCount(headers.get("retry-after-ms"));
  const text = headers.get("retry-after");
  const wait = ms ?? parseDuration(text) ?? (Date.parse(text ?? "") - now || 0);
  return Math.min(Math.max(0, wait), longestWait);
}

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration such as `20ms`, `1m2.5s` or plain seconds, in milliseconds; null for anything else. */
export function parseDuration(text: string | null): number | null {
  const given = text?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  if (!/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(given)) return null;
  let sum = 0;
  for (const [, number, unit] of given.matchAll(/([\d.]+)([a-z]+)/g))
    sum += Number(number) * units[unit as keyof typeof units];
  return sum;
}
