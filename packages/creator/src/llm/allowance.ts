import type { RateLimit } from "./rate-headers.ts";

/** What a server still grants of one kind, requests or tokens, as far as its replies tell. */
export interface Allowance {
  /** Counts what is sent. @returns its mark: all that was sent up to it, itself included */
  send: (amount: number) => number;
  /**
   * Takes what a reply tells.
   * @param mark that of the request it answers; undefined: all that was sent. An older one's is no news.
   */
  tell: (told: RateLimit, mark: number | undefined, now: number) => void;
  /** When so much may be sent: now, a time to come, or Infinity: when another reply has told more. */
  opensAt: (amount: number, now: number) => number;
  /** Forgets what was told. */
  forget: () => void;
}

/**
 * Opens an allowance that knows nothing yet and holds nothing back. What was sent after the request
 * that a reply answers is taken off what that reply tells; a reset brings back the whole limit.
 */
export function openAllowance(): Allowance {
  let sent = 0;
  let known: { limit: number | null; remaining: number; resetAt: number; mark: number } | null =
    null;
  return {
    send(amount) {
      sent += amount;
      return sent;
    },
    tell({ limit, remaining, reset }, mark = sent, now) {
      if (known === null || mark >= known.mark)
        known = { limit, remaining, resetAt: now + reset, mark };
    },
    opensAt(amount, now) {
      if (known && now >= known.resetAt) {
        const { limit } = known;
        known = limit ? { limit, remaining: limit, resetAt: Infinity, mark: sent } : null;
      }
      if (!known) return now;
      const left = known.remaining - (sent - known.mark);
      return left >= Math.min(amount, known.limit ?? amount) ? now : known.resetAt;
    },
    forget() {
      known = null;
    },
  };
}
