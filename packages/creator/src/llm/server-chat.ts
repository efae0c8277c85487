import OpenAI from "openai";
import { z } from "zod";
import type { Chat, Completion, Parameters } from "./chat.ts";
import { adapt, type Dialect, toBody } from "./dialect.ts";
import {
  type Asked,
  describeMissingModel,
  findRefusal,
  RetryableError,
  readServerError,
  showText,
} from "./errors.ts";

/** Where a client connects to, and how. */
export interface ClientOptions extends Asked {
  fetch: typeof fetch;
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

/** What asking a server takes. */
export interface ServerChatOptions extends ClientOptions {
  parameters: Parameters;
  /** Takes the headers of every response, as soon as they come. */
  observe: (headers: Headers) => void;
  log: (line: string) => void;
}

/**
 * Creates a chat that asks a server once per request. Parameters that the server refuses are left
 * out or written otherwise from then on, with a log line each.
 * @returns a chat that throws RetryableError, PermanentError or another ExpectedError
 */
export function createServerChat(options: ServerChatOptions): Chat {
  const { endpoint, parameters, clock, observe, log } = options;
  const client = createClient({
    ...options,
    async fetch(...args) {
      const response = await options.fetch(...args);
      observe(response.headers);
      return response;
    },
  });
  let dialect: Dialect = { official: endpoint.official, adapted: [] };

  return async (request) => {
    for (;;) {
      const used = dialect;
      const start = clock.now();
      try {
        const reply = await client.chat.completions.create(toBody(request, parameters, used));
        return {
          ...parseCompletion(reply, parameters),
          // 0 stands for a reply that came by a batch.
          ms: Math.max(1, clock.now() - start),
          at: new Date(clock.now()).toISOString(),
          adapted: [...used.adapted],
        };
      } catch (error) {
        const refusal = findRefusal(error);
        // Another request may have been refused the same, and changed the dialect meanwhile.
        if (refusal !== null && used !== dialect) continue;
        const adapted = refusal === null ? null : adapt(used, refusal);
        if (!adapted) throw readServerError(error, options, describeMissingModel(parameters.model));
        dialect = adapted;
        log(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);
      }
    }
  };
}

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

/** No model takes as many prompt tokens: a server that counts more miscounts. */
const longestPrompt = 1e7;

/**
 * Parses a chat completion, as a server or the Batch API gives it. Token counts that cannot be true are null.
 * @throws RetryableError for anything else
 */
export function parseCompletion(
  reply: unknown,
  { model, maxTokens }: Parameters,
): Omit<Completion, "ms" | "at" | "adapted"> {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success)
    throw new RetryableError(
      `expected a chat completion, got ${showText(JSON.stringify(reply) ?? "nothing", 200)}`,
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
