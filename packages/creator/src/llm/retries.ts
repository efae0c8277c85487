import type { Chat, Clock } from "./chat.ts";
import {
  isWait,
  PermanentError,
  RefusedError,
  RetryableError,
  throwIfTooLong,
  UnreadableError,
} from "./errors.ts";

/** How often and how long something is tried. */
export interface RetryOptions {
  /** Tries after the first. */
  retries: number;
  clock: Clock;
  /** Milliseconds for which a server may ask to wait. Default: no end, where limits know one. */
  maxWait?: number | undefined;
}

/** How often a reply of one unreadable form is taken for an accident: without a choice, and of any other form. */
const accidents = { empty: 2, other: 1 };

/**
 * A chat that tries a request again as `createRetry` does. A request that the server does not take, or
 * answers again in the same unreadable form, gets a reply with nothing in it and the server's words.
 * @throws (the chat) PermanentError also for a form that cannot be read where no reply was ever read
 */
export function withRetries(chat: Chat, options: RetryOptions & { model: string }): Chat {
  const retry = createRetry(options);
  let wasRead = false;
  return async (request) => {
    const shapes: string[] = [];
    const attempt = async () => {
      try {
        const completion = await chat(request);
        wasRead = true;
        return completion;
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        const { shape, isEmpty, message } = error;
        const before = shapes.filter((one) => one === shape).length;
        shapes.push(shape);
        if (before < accidents[isEmpty ? "empty" : "other"]) throw error;
        throw isEmpty || wasRead ? new RefusedError(message) : new PermanentError(message);
      }
    };
    try {
      // Requests that failed together are spread by their seeds, which needs no randomness.
      return await retry(attempt, request.seed);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const at = new Date(options.clock.now()).toISOString();
      return { ...toRefused(error.message, options.model), ms: 1, at, adapted: [] };
    }
  };
}

/** A reply with nothing in it, as the journal keeps it. */
export function toRefused(words: string, model: string) {
  const nothing = { text: "", finishReason: null, refusal: null, usage: null };
  return { ...nothing, refused: words, model };
}

/**
 * Creates what tries again after a RetryableError: after half a second, one, two and so on, and never
 * sooner than the server asks. Waiting for a server's limits or its model uses up no try.
 * @returns calls `attempt` until it throws no RetryableError; `spread`, a whole number, varies the waits.
 *   Throws what the last try threw; the error's message ends with the number of tries
 */
export function createRetry({ retries, clock, maxWait = Number.POSITIVE_INFINITY }: RetryOptions) {
  return async <T>(attempt: () => Promise<T>, spread = 0): Promise<T> => {
    const start = clock.now();
    let used = 0;
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        const isAsked = isWait(error);
        if (isAsked) throwIfTooLong(error, clock.now() - start, maxWait);
        // Replies without a choice have tries of their own.
        else if (!(error instanceof UnreadableError && error.isEmpty)) used += 1;
        if (used > retries) {
          if (tries > 1) error.message += ` (after ${tries} tries)`;
          throw error;
        }
        // Shorter after a 429: how much is sent then is up to the limits, and replies are processed in order.
        const longest = isAsked ? 8000 : 60_000;
        const factor = 1 + ((spread * tries) % 1009) / 1009;
        const backoff = Math.min(500 * 2 ** (tries - 1) * factor, longest);
        await clock.sleep(Math.max(backoff, error.retryAfter * 1000));
      }
    }
  };
}
