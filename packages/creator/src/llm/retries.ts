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

/**
 * Tries a request again after a RetryableError: after half a second, one, two and so on, and never
 * sooner than the server asks. A 429 uses up no try while replies come, to this request or to others.
 */
export function withRetries(chat: Chat, options: RetryOptions): Chat {
  let lastReply = Number.NEGATIVE_INFINITY;
  return (request) =>
    retry(
      async () => {
        const completion = await chat(request);
        lastReply = options.clock.now();
        return completion;
      },
      // Requests that failed together are spread by their seeds, which needs no randomness.
      { ...options, lastReply: () => lastReply, spread: request.seed },
    );
}

/**
 * Calls `attempt` until it throws no RetryableError.
 * @param options lastReply: when the last reply came, in milliseconds; spread: a whole number that varies the waits
 * @throws what the last try threw; the error's message ends with the number of tries
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  options: RetryOptions & { lastReply?: () => number; spread?: number },
): Promise<T> {
  const { retries, clock, patience, lastReply = () => -Infinity, spread = 0 } = options;
  const start = clock.now();
  let used = 0;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      const limited = error.code === "rate limit";
      if (!limited || clock.now() - Math.max(lastReply(), start) >= patience) used += 1;
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
}
