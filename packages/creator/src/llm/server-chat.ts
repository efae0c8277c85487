import OpenAI from "openai";
import type { Chat, Parameters } from "./chat.ts";
import { adapt, type Dialect, joinedInstruction, toBody } from "./dialect.ts";
import { type Asked, describeMissingModel, findRefusal, readServerError } from "./errors.ts";
import { parseCompletion } from "./read-completion.ts";
import { withReadableResponses } from "./server-response.ts";

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

/** What asking a server takes. */
export interface ServerChatOptions extends ClientOptions {
  parameters: Parameters;
  /** Takes the headers of every response, as soon as they come. */
  observe: (headers: Headers) => void;
  /** Whether the instruction stands at the start of the user's message from the start. */
  joinInstruction?: boolean;
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
          ...parseCompletion(reply, parameters),
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
