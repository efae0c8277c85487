/** The longest wait that a server is granted, in milliseconds. */
export const longestWait = 120_000;

/**
 * Creates an allowance that holds nothing back before it knows a limit. What was sent after the
 * request that a reply answers is subtracted from what that reply grants; a reset restores the whole limit.
 */
export function createAllowance() {
  let sent = 0;
  let known: { limit: number | null; remaining: number; resetAt: number; upTo: number } | null =
    null;
  return {
    /** Counts what is sent. @returns all that was sent, this included */
    send(amount: number): number {
      sent += amount;
      return sent;
    },
    /** Takes a reply's limit. @param upTo all that was sent up to the request it answers; older ones are no news */
    update(given: ReturnType<typeof parseRateLimit>, upTo = sent, now: number) {
      if (given === null || (known !== null && upTo < known.upTo)) return;
      const { limit, remaining, reset } = given;
      known = { limit, remaining, resetAt: now + reset, upTo };
    },
    /** When so much may be sent: now, later, or Infinity: not before another reply has come. */
    opensAt(amount: number, now: number): number {
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

/**
 * Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`: what a fresh window grants (null: not
 * said), what is left, and milliseconds until the window is fresh again. null where these cannot be read.
 */
export function parseRateLimit(headers: Headers, kind: "requests" | "tokens") {
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
