import { defaultModel, type Endpoint, ExpectedError, redact } from "@seedling/core/internal";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { z } from "zod";
import type { Chat, ChatRequest, Completion, Parameters } from "./chat.ts";
import { adapt, type Dialect, toBody, toFirstDialect } from "./dialect.ts";
import { parseRetryAfter } from "./rate-headers.ts";
import { PermanentError, RetryableError } from "./retries.ts";

/** No model takes as many tokens as that: whoever counts more miscounts. */
const longestPrompt = 1e7;

const count = z.number().int().nonnegative();

const replySchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});

/** What a connection needs. */
export interface ChatOptions {
  endpoint: Endpoint;
  parameters: Parameters;
  /** Seconds to wait for a reply. */
  timeout: number;
  fetch: typeof fetch;
  now: () => number;
  /** Is told the headers of every response, as soon as they come. */
  observe: (headers: Headers) => void;
  log: (line: string) => void;
}

/**
 * Opens a connection to a server that speaks the OpenAI protocol. Parameters that it refuses are
 * adapted, a line each.
 * @returns a `Chat` that throws `Passing` for what another try may mend, `Declined` or another
 *   ExpectedError for the rest
 */
export function openChat(options: ChatOptions): Chat {
  const { endpoint, parameters, timeout, fetch, now, observe, log } = options;
  const client = new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.apiKey ?? "none",
    maxRetries: 0,
    timeout: timeout * 1000,
    async fetch(...args) {
      const response = await fetch(...args);
      observe(response.headers);
      return response;
    },
  });
  let dialect = toFirstDialect(endpoint.official);

  const send = async (request: ChatRequest): Promise<Completion> => {
    for (;;) {
      const used: Dialect = dialect;
      const start = now();
      try {
        const reply = await client.chat.completions.create(toBody(request, parameters, used));
        return {
          ...toCompletion(reply, parameters),
          ms: now() - start,
          at: new Date(now()).toISOString(),
          adapted: [...used.adapted],
        };
      } catch (error) {
        const refusal = toRefusal(error);
        if (refusal === null) throw toFailure(error, options);
        if (used !== dialect) continue;
        const adapted = adapt(used, refusal);
        if (!adapted) throw toFailure(error, options);
        dialect = adapted;
        log(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);
      }
    }
  };
  return send;
}

/**
 * Reads a chat completion, as a server or the Batch API gives it. Tokens that cannot be true count as
 * not counted.
 * @throws Passing for anything else
 */
export function toCompletion(reply: unknown, { model, maxTokens }: Parameters) {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success)
    throw new RetryableError(
      `expected a chat completion, got ${toShown(JSON.stringify(reply) ?? "nothing", 200)}`,
    );
  const { choices, usage, model: named } = parsed.data;
  const [{ message, finish_reason }] = choices as [(typeof choices)[number]];
  const credible =
    usage && usage.prompt_tokens <= longestPrompt && usage.completion_tokens <= 2 * maxTokens;
  return {
    text: message.content ?? "",
    finishReason: finish_reason ?? null,
    refusal: message.refusal || null,
    usage: credible
      ? { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens }
      : null,
    model: named ?? model,
  };
}

/** What a server says against a request's form, or null for any other error. */
function toRefusal(error: unknown): string | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  return `${error.param ?? ""} ${error.message}`;
}

function toFailure(error: unknown, options: ChatOptions): Error {
  const { endpoint, parameters, timeout, now } = options;
  if (error instanceof RetryableError || !(error instanceof Error)) return error as Error;
  const server = endpoint.baseUrl;
  if (error instanceof APIConnectionTimeoutError)
    return new RetryableError(`${server} did not answer within ${timeout} s (--timeout)`);
  const deepest = toDeepest(error);
  if (error instanceof APIConnectionError)
    return new RetryableError(`no connection to ${server}: ${toShown(deepest.message, 300)}`, {
      unbilled: "code" in deepest && unreached.has(String(deepest.code)),
    });
  if (!(error instanceof APIError) || error.status === undefined)
    return new RetryableError(
      `a reply of ${server} cannot be read: ${toShown(deepest.message, 300)}`,
    );
  const { status, headers, code } = error;
  // Before it is cut: half a key would be no key to whoever removes keys.
  const message = redact(error.message, { OPENAI_API_KEY: endpoint.apiKey ?? undefined });
  const said = `${server} answered ${toShown(message, 300)}`;
  if (status === 401 || status === 403)
    return new PermanentError(`${said}; expected a valid key in OPENAI_API_KEY`);
  if (status === 404)
    return new PermanentError(
      `${said}; expected a model that the server knows: name one by --model (asked for ${parameters.model}; the default for OpenAI is ${defaultModel.name}, as of ${defaultModel.asOf})`,
    );
  if (code === "insufficient_quota") return new PermanentError(said);
  if (status === 429 || status === 408 || status === 409 || status >= 500)
    return new RetryableError(said, {
      retryAfter: headers ? parseRetryAfter(headers, now()) / 1000 : 0,
      limited: status === 429,
    });
  return status >= 400 ? new PermanentError(said) : new ExpectedError(said);
}

/** Node's codes for a connection that was never made: nothing was sent. */
const unreached = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
]);

function toDeepest(error: Error): Error {
  return error.cause instanceof Error ? toDeepest(error.cause) : error;
}

/** The beginning of what a server said, its control characters escaped. */
function toShown(text: string, length: number): string {
  const toEscape = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.slice(0, length).replace(/\p{Cc}/gu, toEscape);
}
