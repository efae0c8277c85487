import type { Chat, Clock } from "./chat.ts";
import { RetryableError } from "./errors.ts";

/** How often and how long something is tried. */
export interface RetryOptions {
  /** Tries after the first. */
  retries: number;
  clock: Clock;
  /** Milliseconds without any reply for which a 429 uses up no try. */
  patience: number;
}

/** A chat that tries a request again as `createRetry` does. */
export function withRetries(chat: Chat, options: RetryOptions): Chat {
  const retry = createRetry(options);
  // Requests that failed together are spread by their seeds, which needs no randomness.
  return (request) => retry(() => chat(request), request.seed);
}

/**
 * Creates what tries again after a RetryableError: after half a second, one, two and so on, and never
 * sooner than the server asks. A 429 uses up no try while something succeeds, this attempt or another.
 * @returns calls `attempt` until it throws no RetryableError; `spread`, a whole number, varies the waits.
 *   Throws what the last try threw; the error's message ends with the number of tries
 */
export function createRetry({ retries, clock, patience }: RetryOptions) {
  let lastSuccess = Number.NEGATIVE_INFINITY;
  return async <T>(attempt: () => Promise<T>, spread = 0): Promise<T> => {
    const start = clock.now();
    let used = 0;
    for (let tries = 1; ; tries++) {
      try {
        const result = await attempt();
        lastSuccess = clock.now();
        return result;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        const limited = error.code === "rate limit";
        if (!limited || clock.now() - Math.max(lastSuccess, start) >= patience) used += 1;
        if (used > retries) {
          if (tries > 1) error.message += ` (after ${tries} tries)`;
          throw error;
        }
        // Shorter after a 429: how much is sent then is up to the limits, and replies are processed in order.
        const longest = limited ? 8000 : 60_000;
        const factor = 1 + ((spread * tries) % 1009) / 1009;
        const backoff = Math.min(500 * 2 ** (tries - 1) * factor, longest);
        await clock.sleep(Math.max(backoff, error.retryAfter * 1000));
      }
    }
  };
}
