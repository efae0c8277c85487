import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError } from "@seedling/core";
import pRetry from "p-retry";
import type { Chat } from "./chat.ts";

/** An error that another try may mend: a full server, a cut connection, a reply without sense. */
export class Passing extends ExpectedError {
  override name = "Passing";
  /** Seconds that the server asked to wait. */
  readonly retryAfter: number;
  /** Whether the server said that it is asked too much (status 429): it did no work then. */
  readonly limited: boolean;

  constructor(message: string, { retryAfter = 0, limited = false } = {}) {
    super(message);
    this.retryAfter = retryAfter;
    this.limited = limited;
  }
}

/** The longest wait that a server is granted, in seconds. */
const longestWait = 120;

/**
 * Tries again what is `Passing`, after half a second, one, two and so on, and never sooner than the
 * server asks.
 * @param retries tries after the first
 */
export function withRetries(chat: Chat, retries: number): Chat {
  return (request) =>
    pRetry(() => chat(request), {
      retries,
      minTimeout: 500,
      maxTimeout: 60_000,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof Passing,
      async onFailedAttempt({ error, retriesLeft }) {
        if (!(error instanceof Passing)) return;
        if (retriesLeft > 0) await sleep(Math.min(error.retryAfter, longestWait) * 1000);
        else error.message += ` (after ${retries + 1} tries)`;
      },
    });
}
