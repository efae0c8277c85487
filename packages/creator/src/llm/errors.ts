import {
  defaultModel,
  type Endpoint,
  ExpectedError,
  escapeControls,
  redact,
} from "@seedling/core/internal";
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { Clock } from "./chat.ts";
import { parseRetryAfter } from "./rate-limits.ts";

/** Too much is asked (status 429), nothing was sent, no reply came in time, or anything else failed. */
export type RetryCode = "rate limit" | "unreached" | "timeout" | "server";

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

  /** @param batches each in words */
  constructor(batches: readonly string[], submittedBefore: boolean) {
    const them = batches.length === 1 ? "it" : "them";
    super(`${batches.join(", ")}; the same command collects ${them}`);
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

/** How a server is asked. */
export interface Asked {
  endpoint: Endpoint;
  /** Seconds to wait for an answer. */
  timeout: number;
  clock: Clock;
}

/** Node's codes for a connection that was never made. */
const unreached = ["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"];

/**
 * Reads why a call to a server failed: a RetryableError where another try may help, else a
 * PermanentError or what was thrown. API keys are removed.
 * @param missing what to say where the server answers 404
 */
export function readServerError(thrown: unknown, asked: Asked, missing: string): unknown {
  if (thrown instanceof ExpectedError || !(thrown instanceof Error)) return thrown;
  const { endpoint, timeout, clock } = asked;
  const { baseUrl, apiKey } = endpoint;
  // Keys are removed before the text is cut: half a key would not be recognised.
  const show = (text: string) => showText(redact(text, { OPENAI_API_KEY: apiKey ?? undefined }));
  if (thrown instanceof APIConnectionTimeoutError)
    return new RetryableError(`${baseUrl} did not answer within ${timeout} s (--timeout)`, {
      code: "timeout",
    });
  let root: Error = thrown;
  while (root.cause instanceof Error) root = root.cause;
  if (thrown instanceof APIConnectionError)
    return new RetryableError(`no connection to ${baseUrl}: ${show(root.message)}`, {
      code: "code" in root && unreached.includes(String(root.code)) ? "unreached" : "server",
    });
  if (!(thrown instanceof APIError) || thrown.status === undefined)
    return new RetryableError(`a reply of ${baseUrl} cannot be read: ${show(root.message)}`);
  const { status, headers, code } = thrown;
  const answered = `${baseUrl} answered ${show(thrown.message)}`;
  if (status === 401 || status === 403)
    return new PermanentError(`${answered}; expected a valid key in OPENAI_API_KEY`);
  if (status === 404) return new PermanentError(`${answered}; ${missing}`);
  if (code === "insufficient_quota" || (status < 500 && ![408, 409, 429].includes(status)))
    return new PermanentError(answered);
  return new RetryableError(answered, {
    code: status === 429 ? "rate limit" : "server",
    retryAfter: headers ? parseRetryAfter(headers, clock.now()) / 1000 : 0,
  });
}

/** Finds what a server says against a request's form; null for any other error. */
export function findRefusal(error: unknown): string | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  return `${error.param ?? ""} ${error.message}`;
}

/** What to say where a server does not know the model that was asked. */
export function describeMissingModel(model: string): string {
  const { name, asOf } = defaultModel;
  return `expected a model that the server knows: name one by --model (asked for ${model}; the default for OpenAI is ${name}, as of ${asOf})`;
}

/** The first characters of a server's text, control characters escaped. */
export function showText(text: string, length = 300): string {
  return escapeControls(text.slice(0, length));
}
