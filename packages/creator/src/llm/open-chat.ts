import { setTimeout as sleep } from "node:timers/promises";
import { trimKey } from "@seedling/core/internal";
import OpenAI from "openai";
import type { Chat, Clock, Parameters } from "./chat.ts";
import { adapt, type Dialect, joinedInstruction, toBody } from "./dialect.ts";
import { type Asked, describeMissingModel, findRefusal, readServerError } from "./errors.ts";
import { createLimits, type Limits } from "./limits.ts";
import { parseCompletion, withoutKey } from "./read-completion.ts";
import { withRetries } from "./retries.ts";
import { withReadableResponses } from "./server-response.ts";

/** How a language model is asked. Only the model must be given. */
export interface OpenChatOptions {
  /** Of a server that speaks the OpenAI protocol; by default OpenAI's own. */
  baseURL?: string;
  apiKey?: string | null;
  model: string;
  /** Sampling temperature, by default 1. */
  temperature?: number;
  /** Nucleus sampling, by default 1. */
  topP?: number;
  /** A reply's limit in tokens, by default 2048; original: 4,097 less the prompt. */
  maxTokens?: number | "original";
  /** Seconds to wait for one reply, by default 600. */
  timeout?: number;
  /** Tries after the first for a request that failed and may be tried again, by default 6. */
  retries?: number;
  /** Requests in flight at once, by default 16; halved where the server answers 429, then raised again. */
  concurrency?: number;
  /** Milliseconds for which the server may ask to wait, or answer nothing else; by default 10 minutes. */
  maxWait?: number;
  /** Whether the instruction stands at the start of the user's message, for models without a system role. */
  joinInstruction?: boolean;
  /** Shared by several chats with one server, instead of `concurrency`. */
  limits?: Limits;
  /** Wraps a single try, for example to pay for each. */
  wrapTry?: (chat: Chat) => Chat;
  fetch?: typeof fetch;
  clock?: Clock;
  /** Prints a line about what the server does: by default nothing is printed. */
  log?: (line: string) => void;
}

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

/**
 * Opens a chat with a language model on a server: one request -> one completion. It waits its turn,
 * obeys the server's rate limits and retries what may be retried; parameters that the server refuses are adapted.
 * There is nothing to close.
 *
 *     const chat = openChat({ baseURL: "http://127.0.0.1:8080/v1", model: "qwen" });
 *     const { text, usage } = await chat({ messages: [{ role: "user", content: "Hello" }], seed: 1, key: "1" });
 *
 * @returns a chat that throws RetryableError after the last retry, PermanentError for what the server never
 *   takes (a wrong key, an unknown model). A request that it refuses for its content or its length gets a
 *   completion with `refused`
 */
export function openChat(options: OpenChatOptions): Chat {
  const {
    baseURL = "https://api.openai.com/v1",
    apiKey = null,
    model,
    temperature = 1,
    topP = 1,
    maxTokens = 2048,
    timeout = 600,
    retries = 6,
    concurrency = 16,
    fetch = globalThis.fetch,
    clock = systemClock,
    log = () => {},
    maxWait,
    joinInstruction = false,
    limits = createLimits({ concurrency, maxWait, clock, log }),
    wrapTry = (chat) => chat,
  } = options;
  const official = new URL(baseURL).hostname === "api.openai.com";
  const chat = createServerChat({
    endpoint: { baseUrl: baseURL, apiKey: trimKey(apiKey, "apiKey"), official },
    parameters: { model, temperature, topP, maxTokens },
    timeout,
    fetch,
    clock,
    observe: limits.observe,
    joinInstruction,
    log,
  });
  return withRetries(limits.wrap(wrapTry(chat)), { retries, clock, model });
}

/** Where a client connects to, and how. */
export interface ClientOptions extends Asked {
  fetch: typeof fetch;
}

/**
 * Creates a client for a server that speaks the OpenAI protocol. It tries once: `withRetries` tries again.
 * A query of the base URL, such as Azure's `?api-version=`, goes with every request.
 */
export function createClient({ endpoint, timeout, fetch }: ClientOptions): OpenAI {
  const { origin, pathname, searchParams } = new URL(endpoint.baseUrl);
  const apiKey = endpoint.apiKey ?? "none";
  return new OpenAI({
    baseURL: origin + pathname.replace(/\/+$/, ""),
    apiKey,
    maxRetries: 0,
    timeout: timeout * 1000,
    defaultQuery: Object.fromEntries(searchParams),
    defaultHeaders: searchParams.has("api-version") ? { "api-key": apiKey } : {},
    fetch: withReadableResponses(fetch),
  });
}

/**
 * Creates a chat that asks a server once per request. Parameters that the server refuses are left
 * out or written otherwise from then on, with a log line each.
 * @returns a chat that throws RetryableError, PermanentError or another ExpectedError
 */
export function createServerChat(
  options: ClientOptions &
    Pick<OpenChatOptions, "joinInstruction"> & {
      parameters: Parameters;
      /** Takes the headers of every response, as soon as they come. */
      observe: (headers: Headers) => void;
      log: (line: string) => void;
    },
): Chat {
  const { endpoint, parameters, clock, observe, log } = options;
  const client = createClient({
    ...options,
    fetch: async (...args) => {
      const response = await options.fetch(...args);
      observe(response.headers);
      return response;
    },
  });
  const adapted = options.joinInstruction ? [joinedInstruction] : [];
  let dialect: Dialect = { official: endpoint.official, adapted };

  return async (request) => {
    for (;;) {
      const used = dialect;
      const start = clock.now();
      try {
        const reply = await client.chat.completions.create(toBody(request, parameters, used));
        return {
          ...withoutKey(parseCompletion(reply, parameters), endpoint),
          // 0 stands for a reply that came by a batch.
          ms: Math.max(1, clock.now() - start),
          at: new Date(clock.now()).toISOString(),
          adapted: [...used.adapted],
        };
      } catch (error) {
        const refusal = findRefusal(error);
        const next = refusal === null ? null : adapt(used, refusal, parameters);
        if (!next) throw readServerError(error, options, describeMissingModel(parameters.model));
        // Another request may have been refused the same, and changed the dialect meanwhile.
        if (used !== dialect) continue;
        dialect = next;
        log(`the server refuses a parameter; going on ${next.adapted.at(-1)}`);
      }
    }
  };
}
