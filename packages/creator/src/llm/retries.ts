import { ExpectedError } from "@seedling/core/internal";
import { BatchPending } from "./batch-pending.ts";
import type { Chat, ChatRequest, Clock } from "./chat.ts";

/** An error that another try may mend: a full server, a cut connection, a reply without sense. */
export class RetryableError extends ExpectedError {
  override name = "Passing";
  /** Seconds that the server asked to wait. */
  readonly retryAfter: number;
  /** Whether the server said that it is asked too much (status 429). */
  readonly limited: boolean;
  /** Whether the server certainly did no work: it refused (429), or nothing was sent. */
  readonly unbilled: boolean;

  constructor(message: string, { retryAfter = 0, limited = false, unbilled = false } = {}) {
    super(message);
    this.retryAfter = retryAfter;
    this.limited = limited;
    this.unbilled = limited || unbilled;
  }
}

/** A request that the server does not take, whoever tries again (status 4xx): it did no work. */
export class PermanentError extends ExpectedError {
  override name = "Declined";
}

/** Whether a request that failed so certainly cost nothing. */
export function isUnbilled(error: unknown): boolean {
  if (error instanceof RetryableError || error instanceof BatchPending) return error.unbilled;
  return error instanceof PermanentError;
}

/** How often and how long a request is tried. */
export interface RetryOptions {
  /** Tries after the first. */
  retries: number;
  clock: Clock;
  /** Milliseconds without any reply for which a 429 uses up no try. */
  patience: number;
}

/**
 * Tries again what is `Passing`, after half a second, one, two and so on, and never sooner than the
 * server asks. A 429 uses up no try while replies come through, to this request or to others.
 */
export function withRetries(chat: Chat, { retries, clock, patience }: RetryOptions): Chat {
  let lastReply = Number.NEGATIVE_INFINITY;
  return async (request) => {
    const first = clock.now();
    let tries = 0;
    let used = 0;
    for (;;) {
      try {
        const completion = await chat(request);
        lastReply = clock.now();
        return completion;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        tries += 1;
        const patient = error.limited && clock.now() - Math.max(lastReply, first) < patience;
        if (!patient) used += 1;
        if (used > retries) {
          error.message += ` (after ${tries} tries)`;
          throw error;
        }
        await clock.sleep(Math.max(toBackoff(tries, error, request), error.retryAfter * 1000));
      }
    }
  };
}

/**
 * Milliseconds to wait after so many tries, once to twice half a second doubled each time. Not long for
 * a 429: how much is asked then is the limits' business, and replies are settled in order.
 */
function toBackoff(tries: number, { limited }: RetryableError, { seed }: ChatRequest): number {
  // The seed spreads requests that failed together, and needs no randomness.
  const spread = 1 + ((seed * tries) % 1009) / 1009;
  return Math.min(500 * 2 ** (tries - 1) * spread, limited ? 8000 : 60_000);
}
