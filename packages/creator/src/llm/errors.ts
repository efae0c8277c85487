import {
  defaultModel,
  type Endpoint,
  ExpectedError,
  escapeControls,
  explainJson,
  redact,
} from "@seedling/core/internal";
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { Clock } from "./chat.ts";
import { lengthWords } from "./dialect.ts";
import { parseRetryAfter } from "./rate-limits.ts";

/** Too much is asked (status 429), a model is being loaded, nothing was sent, no reply came in time, or anything else failed. */
export type RetryCode = "rate limit" | "loading" | "unreached" | "timeout" | "server";

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

/** A reply in a form that cannot be read. Some servers always answer so: the same form again ends the tries. */
export class UnreadableError extends RetryableError {
  override name = "UnreadableError";
  /** The form, without texts and numbers. */
  readonly shape: string;
  /** Whether it is a completion without a choice, as of servers that withhold it. */
  readonly isEmpty: boolean;

  constructor(message: string, { shape, isEmpty }: { shape: string; isEmpty: boolean }) {
    super(message);
    this.shape = shape;
    this.isEmpty = isEmpty;
  }
}

/** The server takes no such request, however often it is tried (status 4xx): the run ends. */
export class PermanentError extends ExpectedError {
  override name = "PermanentError";
}

/** The server does not take this one request, for its content or its length. */
export class RefusedError extends ExpectedError {
  override name = "RefusedError";
}

/** The connection ended in the middle of a reply. */
export class UnfinishedBody extends Error {
  override name = "UnfinishedBody";
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
    return ["rate limit", "loading", "unreached"].includes(error.code);
  if (error instanceof BatchPending) return error.submittedBefore;
  return error instanceof PermanentError || error instanceof RefusedError;
}

/** Whether a server asks to wait: it is asked too much, or its model is not loaded. */
export function isWait({ code }: RetryableError): boolean {
  return code === "rate limit" || code === "loading";
}

/**
 * Ends the waiting for a server that asks to wait too long.
 * @param waited milliseconds without any reply
 * @param maxWait milliseconds
 * @throws PermanentError in the server's words
 */
export function throwIfTooLong(error: RetryableError, waited: number, maxWait: number): void {
  const { message, retryAfter } = error;
  const toMinutes = (ms: number) =>
    ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
  const most = `--max-wait is ${toMinutes(maxWait)}`;
  if (retryAfter * 1000 > maxWait)
    throw new PermanentError(
      `${message}; it asks to wait ${toMinutes(retryAfter * 1000)}, ${most}`,
    );
  if (waited >= maxWait)
    throw new PermanentError(`${message}; it gave no reply for ${toMinutes(waited)}, ${most}`);
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

/** Node's codes for a certificate that it does not trust. */
const untrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_|^ERR_TLS_CERT/;

/** Words of a refusal for what a request or its reply says. */
const contentWords =
  /content.?(filter|policy|management|exists risk)|filtered|safety|moderat|flagged|harmful|inappropriate|unsuitable|sensitive|data_?inspection|guardrail|\bPII\b|responsible.?ai|polic(y|ies)|violat|prohibited|blocked|敏感|违规|不安全/i;

/**
 * Reads why a call to a server failed: a RetryableError where another try may help, a RefusedError
 * where the server does not take this one request, else a PermanentError or what was thrown. API keys are removed.
 * @param missing what to say where the server answers 404
 */
export function readServerError(thrown: unknown, asked: Asked, missing: string): unknown {
  const { endpoint, timeout, clock } = asked;
  const show = (text: string) => showText(text, endpoint);
  const baseUrl = redact(endpoint.baseUrl, listKeys(endpoint));
  if (thrown instanceof UnreadableError) thrown.message = show(thrown.message);
  if (thrown instanceof ExpectedError || !(thrown instanceof Error)) return thrown;
  if (thrown instanceof APIConnectionTimeoutError)
    return new RetryableError(`${baseUrl} did not answer within ${timeout} s (--timeout)`, {
      code: "timeout",
    });
  let root: Error = thrown;
  while (root.cause instanceof Error) root = root.cause;
  if (root instanceof UnreadableError) {
    root.message = `a reply of ${baseUrl} cannot be read: ${root.message}`;
    return root;
  }
  const isUnfinished = root instanceof UnfinishedBody;
  if (thrown instanceof APIConnectionError && !isUnfinished) {
    const failed = `no connection to ${baseUrl}: ${show(root.message)}`;
    const code = "code" in root ? String(root.code) : "";
    if (untrusted.test(code))
      return new PermanentError(
        `${failed}; its certificate is not trusted here: expected NODE_EXTRA_CA_CERTS to name a file with the certificate that signed it`,
      );
    return new RetryableError(failed, { code: unreached.includes(code) ? "unreached" : "server" });
  }
  if (!(thrown instanceof APIError) || thrown.status === undefined)
    return new RetryableError(`a reply of ${baseUrl} cannot be read: ${show(explainJson(root))}`);
  const { status, headers, code, type, message } = thrown;
  const answered = `${baseUrl} answered ${show(message)}`;
  const words = `${code} ${type} ${message}`;
  if (
    status === 401 ||
    (status === 403 && !contentWords.test(words) && !/limit|quota/i.test(words))
  )
    return new PermanentError(`${answered}; expected a valid key in OPENAI_API_KEY`);
  if (status === 404 || status === 405) {
    const { origin, pathname, search } = new URL(endpoint.baseUrl);
    const path = `expected a path in OPENAI_BASE_URL, such as ${show(`${origin}/v1${search}`)}`;
    return new PermanentError(`${answered}; ${pathname === "/" ? path : missing}`);
  }
  const isOfForm = status === 400 || status === 422;
  const isOfLimit = /max_?\w*tokens/i.test(words) && !/context|input|prompt/i.test(words);
  if (isOfForm && isOfLimit && lengthWords.test(words))
    return new PermanentError(`${answered}; expected a smaller --max-tokens`);
  const isTooLong = isOfForm
    ? lengthWords.test(words)
    : /context.?(length|window|size)/i.test(words);
  if (status === 413 || ((isOfForm || status === 500) && isTooLong))
    return new RefusedError(
      /max_?\w*tokens/i.test(words)
        ? `${answered}; a smaller --max-tokens leaves more room`
        : answered,
    );
  if (isOfForm && contentWords.test(words)) return new RefusedError(answered);
  if (words.includes("json_validate_failed")) return new RetryableError(answered);
  if (words.includes("insufficient_quota") || (status < 500 && ![408, 409, 429].includes(status)))
    return new PermanentError(answered);
  const isLoading = status === 503 && /load|warm|starting|initiali[sz]/i.test(message);
  return new RetryableError(answered, {
    code: status === 429 ? "rate limit" : isLoading ? "loading" : "server",
    retryAfter: headers ? parseRetryAfter(headers, clock.now()) / 1000 : 0,
  });
}

/** Statuses that say nothing about a request's form. */
const formless = [401, 402, 403, 404, 405, 408, 409, 413, 429];

/** Words of a refusal, by which a server's own failure that names a parameter is told from one that does not take it. */
const refusing =
  /support|allow|permit|recogni|unknown|unexpected|invalid|extra|cannot|only|must|not enabled/i;

/** Finds what a server says against a request's form; null for any other error. */
export function findRefusal(error: unknown): string | null {
  if (!(error instanceof APIError)) return null;
  const { status = 429, code, param, message } = error;
  if (status < 400 || formless.includes(status)) return null;
  if (/content_?filter/i.test(`${code}`) || (status >= 500 && !refusing.test(message))) return null;
  return `${param ?? ""} ${message}`;
}

/** What to say where a server does not know the model that was asked. */
export function describeMissingModel(model: string): string {
  const { name, asOf } = defaultModel;
  return `expected a model that the server knows: name one by --model (asked for ${model}; the default for OpenAI is ${name}, as of ${asOf})`;
}

function listKeys({ baseUrl, apiKey }: Endpoint) {
  return { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey ?? undefined };
}

/** No key is as long as what is looked through beyond the text that is shown. */
const longestLookedThrough = 100_000;

/**
 * The first characters of a server's text, control characters escaped. Keys are removed before it is cut: half a key
 * would not be recognised.
 */
export function showText(text: string, endpoint: Endpoint, length = 300): string {
  const clean = redact(text.slice(0, longestLookedThrough), listKeys(endpoint));
  return escapeControls(clean.slice(0, length));
}
