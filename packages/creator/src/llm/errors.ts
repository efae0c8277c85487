import { ExpectedError } from "@seedling/core/internal";

/** Why a request failed, where another try may help. */
export type RetryCode =
  /** The server is asked too much (status 429). */
  | "rate limit"
  /** No connection was made: nothing was sent. */
  | "unreached"
  /** No reply within the time that a request may take. */
  | "timeout"
  /** Anything else: a server's error, a cut connection, a reply that cannot be read. */
  | "server";

/** A request failed, and another try may help. */
export class RetryableError extends ExpectedError {
  override name = "RetryableError";
  readonly code: RetryCode;
  /** Seconds that the server asks to wait. */
  readonly retryAfter: number;

  constructor(message: string, { code = "server" as RetryCode, retryAfter = 0 } = {}) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The server does not take this request, however often it is tried (status 4xx). */
export class PermanentError extends ExpectedError {
  override name = "PermanentError";
}

/** Requests wait in a batch at the server, which may take a day; the run ends without a failure. */
export class BatchPending extends Error {
  override name = "BatchPending";
  /** Whether the batch was submitted before this run, so that the request costs nothing more. */
  readonly submittedBefore: boolean;

  constructor(message: string, { submittedBefore }: { submittedBefore: boolean }) {
    super(message);
    this.submittedBefore = submittedBefore;
  }
}

/** Whether a request that failed with this error certainly cost nothing. */
export function isFree(error: unknown): boolean {
  if (error instanceof RetryableError)
    return error.code === "rate limit" || error.code === "unreached";
  if (error instanceof BatchPending) return error.submittedBefore;
  return error instanceof PermanentError;
}
