import { defaultModel, type Endpoint, ExpectedError, redact } from "@seedling/core";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { z } from "zod";
import type { Chat, ChatRequest, Completion, Parameters } from "./chat.ts";
import { adapt, type Dialect, toBody, toFirstDialect } from "./dialect.ts";
import { Passing } from "./retries.ts";

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
  notice: (line: string) => void;
}

/**
 * Opens a connection to a server that speaks the OpenAI protocol. Parameters that it refuses are
 * adapted, a line each.
 * @returns a `Chat` that throws `Passing` for what another try may mend, ExpectedError for the rest
 */
export function openChat(options: ChatOptions): Chat {
  const { endpoint, parameters, timeout, fetch, now, notice } = options;
  const client = new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.apiKey ?? "none",
    maxRetries: 0,
    timeout: timeout * 1000,
    fetch,
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
        notice(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);
      }
    }
  };
  return send;
}

function toCompletion(reply: unknown, { model }: Parameters) {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success)
    throw new Passing(`expected a chat completion, got ${JSON.stringify(reply)?.slice(0, 200)}`);
  const { choices, usage, model: named } = parsed.data;
  const [{ message, finish_reason }] = choices as [(typeof choices)[number]];
  return {
    text: message.content ?? "",
    finishReason: finish_reason ?? null,
    refusal: message.refusal || null,
    usage: usage
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

function toFailure(error: unknown, { endpoint, parameters, timeout }: ChatOptions): Error {
  if (error instanceof Passing || !(error instanceof Error)) return error as Error;
  const server = endpoint.baseUrl;
  if (error instanceof APIConnectionTimeoutError)
    return new Passing(`${server} did not answer within ${timeout} s (--timeout)`);
  if (error instanceof APIConnectionError)
    return new Passing(`no connection to ${server}: ${toDeepest(error)}`);
  if (!(error instanceof APIError) || error.status === undefined)
    return new Passing(`a reply of ${server} cannot be read: ${toDeepest(error)}`);
  // Before it is cut: half a key would be no key to whoever removes keys.
  const message = redact(error.message, { OPENAI_API_KEY: endpoint.apiKey ?? undefined });
  const said = `${server} answered ${message.slice(0, 300)}`;
  if (error.status === 401 || error.status === 403)
    return new ExpectedError(`${said}; expected a valid key in OPENAI_API_KEY`);
  if (error.status === 404)
    return new ExpectedError(
      `${said}; expected a model that the server knows: name one by --model (asked for ${parameters.model}; the default for OpenAI is ${defaultModel.name}, as of ${defaultModel.asOf})`,
    );
  if (error.code === "insufficient_quota") return new ExpectedError(said);
  if (error.status === 429 || error.status === 408 || error.status === 409 || error.status >= 500)
    return new Passing(said, {
      retryAfter: toRetryAfter(error.headers),
      limited: error.status === 429,
    });
  return new ExpectedError(said);
}

function toDeepest(error: Error): string {
  return error.cause instanceof Error ? toDeepest(error.cause) : error.message;
}

/** Seconds that the server asks to wait, as a number or a date. */
function toRetryAfter(headers: Headers | undefined): number {
  const value = headers?.get("retry-after");
  if (!value) return 0;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  return Math.max(0, (Date.parse(value) - Date.now()) / 1000) || 0;
}
