import { defaultModel, type Endpoint, ExpectedError, redact } from "@seedling/core/internal";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { PermanentError, RetryableError } from "./errors.ts";
import { parseRetryAfter } from "./rate-limits.ts";

/** Where a client connects to, and how. */
export interface ClientOptions {
  endpoint: Endpoint;
  /** Seconds to wait for an answer. */
  timeout: number;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Creates a client for a server that speaks the OpenAI protocol. It tries once: `withRetries` tries again. */
export function createClient({ endpoint, timeout, fetch }: ClientOptions): OpenAI {
  return new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.apiKey ?? "none",
    maxRetries: 0,
    timeout: timeout * 1000,
    fetch,
  });
}

/** Node's codes for a connection that was never made. */
const unreached = ["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"];

/**
 * Reads why a call to a server failed: a RetryableError where another try may help, else a
 * PermanentError or what was thrown. API keys are removed.
 * @param missing what to say where the server answers 404
 */
export function readServerError(thrown: unknown, options: ClientOptions, missing: string): unknown {
  if (thrown instanceof ExpectedError || !(thrown instanceof Error)) return thrown;
  const { endpoint, timeout, now } = options;
  const { baseUrl, apiKey } = endpoint;
  // Keys are removed before the text is cut: half a key would not be recognised.
  const show = (text: string) => showText(redact(text, { OPENAI_API_KEY: apiKey ?? undefined }));
  if (thrown instanceof APIConnectionTimeoutError)
    return new RetryableError(`${baseUrl} did not answer within ${timeout} s (--timeout)`, {
      code: "timeout",
    });
  const root = findRootCause(thrown);
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
    retryAfter: headers ? parseRetryAfter(headers, now()) / 1000 : 0,
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

function findRootCause(error: Error): Error {
  return error.cause instanceof Error ? findRootCause(error.cause) : error;
}

/** The first characters of a server's text, control characters escaped. */
export function showText(text: string, length = 300): string {
  const escapeControl = (control: string) =>
    `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.slice(0, length).replace(/\p{Cc}/gu, escapeControl);
}
