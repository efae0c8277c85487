import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { hashValue } from "@seedling/core/internal";
import { type AskedMessage, toLetters, toReply } from "./reply.ts";

/** What goes wrong with one request. */
export type Fault =
  | "429" // with Retry-After: 0
  | "429 wait 1" // with Retry-After: 1
  | "500"
  | "cut before" // the connection closes before an answer
  | "cut half" // it closes after half the body
  | "stall" // half the body, then nothing more
  | "silent" // nothing at all
  | "html" // a page with status 200
  | "nonsense" // JSON with status 200 that is no completion
  | "half JSON" // a whole body of broken JSON
  | "no usage"
  | "wrong usage"
  | "length" // the text is cut, finish_reason length
  | "refusal"
  | "empty";

/** What a server may refuse to take, with status 400 and OpenAI's words. */
export type Refused =
  | "max_tokens"
  | "max_completion_tokens"
  | "temperature"
  | "top_p"
  | "seed"
  | "response_format"
  | "logprobs"
  | "system";

/** How the server behaves. Everything has a default: one model, no key, no faults, no latency. */
export interface ServerOptions {
  /** What `/v1/models` lists; other models are answered 404. */
  models?: string[];
  /** The only key it takes. Another is answered 401, with that key in the message. */
  key?: string;
  /** Milliseconds before the n-th completion request is answered (n from 0). */
  latency?: (n: number) => number;
  /** What goes wrong with the n-th completion request (n from 0, refused ones included). */
  faults?: (n: number) => Fault | undefined;
  refuses?: readonly Refused[];
  /** Whether it gives the probabilities of letters where they are asked for. Default: true. */
  logprobs?: boolean;
  /** How many completion requests it works on at once; the others queue, first come first served. */
  capacity?: number;
  /** Completion requests that it takes in each window of so many milliseconds; others are answered 429. */
  rate?: { requests: number; window: number };
  /** Further headers of the answer to the n-th completion request. */
  headers?: (n: number) => Record<string, string>;
  /** Is told of each completion request as it arrives, such as to kill the client at the n-th. */
  onRequest?: (n: number) => void;
}

/** A completion request's body. */
export interface Body {
  model: string;
  messages: AskedMessage[];
  seed?: number;
  temperature?: number;
  top_p?: number;
  max_tokens?: number;
  max_completion_tokens?: number;
  response_format?: object;
  logprobs?: boolean;
}

/** A completion request as it came. */
export interface AskedRequest {
  body: Body;
  /** As a journal names it. */
  key: string;
  /** performance.now() at its arrival. */
  at: number;
  status: number;
}

/** A server that listens. */
export interface OpenaiServer {
  /** For OPENAI_BASE_URL. */
  url: string;
  /** The completion requests so far, in order of arrival. */
  asked: AskedRequest[];
  /** The most completion requests that were open at once. */
  maxInFlight: number;
  close: () => Promise<void>;
}

/**
 * Opens a real HTTP server on a free port that speaks the OpenAI protocol: `/v1/models` and
 * `/v1/chat/completions`. A completion depends on nothing but messages and seed (without a seed, on
 * the request's number too): examples in the form of the shown one, as many as the instruction asks
 * for, sometimes repeated, sometimes with a broken last one.
 */
export async function openOpenaiServer(options: ServerOptions = {}): Promise<OpenaiServer> {
  const { models = ["test-model"], key, onRequest = () => {} } = options;
  const asked: AskedRequest[] = [];
  const turns = openTurns(options.capacity ?? Number.POSITIVE_INFINITY);
  const takeRate: () => Record<string, string> = options.rate ? openRate(options.rate) : () => ({});
  let inFlight = 0;

  const complete = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await text(request)) as Body;
    const n = asked.length;
    const one: AskedRequest = { body, key: toJournalKey(body), at: performance.now(), status: 0 };
    asked.push(one);
    inFlight += 1;
    server.maxInFlight = Math.max(server.maxInFlight, inFlight);
    response.on("close", () => {
      inFlight -= 1;
      one.status = response.statusCode;
    });
    onRequest(n);
    const headers = { ...takeRate(), ...options.headers?.(n) };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if ("retry-after-ms" in headers)
      return fail(response, 429, "Rate limit reached", "rate_limit_exceeded");
    await turns.enter();
    await sleep(options.latency?.(n) ?? 0);
    turns.leave();
    const given = request.headers.authorization ?? "";
    if (key !== undefined && given !== `Bearer ${key}`)
      return fail(response, 401, `Incorrect API key provided: ${given.slice(7)} (${given}).`);
    if (!models.includes(body.model))
      return fail(response, 404, `The model \`${body.model}\` does not exist`, "model_not_found");
    const refused = (options.refuses ?? []).find((name) => toRefusals[name].meets(body));
    if (refused) {
      const { message, param } = toRefusals[refused];
      return fail(response, 400, message, "unsupported_parameter", param);
    }
    const completion = toCompletion(body, n);
    if (body.logprobs && options.logprobs !== false) {
      const tokens = toLetters(body.messages);
      const content = tokens[0]?.token ?? "";
      Object.assign(completion.choices[0], {
        finish_reason: "length",
        message: { role: "assistant", content, refusal: null },
        logprobs: { content: [{ ...tokens[0], top_logprobs: tokens }] },
      });
    }
    answer(response, completion, options.faults?.(n));
  };

  const http = createServer((request, response) => {
    if (request.url === "/v1/models")
      send(response, 200, { object: "list", data: models.map((id) => ({ id, object: "model" })) });
    else if (request.url === "/v1/chat/completions")
      complete(request, response).catch(() => response.destroy());
    else fail(response, 404, `no ${request.url}`);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: OpenaiServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    asked,
    maxInFlight: 0,
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

/** Lets so many in at once. */
function openTurns(capacity: number) {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    async enter() {
      if (inside >= capacity) await new Promise<void>((resolve) => waiting.push(resolve));
      else inside += 1;
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    },
  };
}

/** Counts requests by windows. @returns what gives each one's headers, with a Retry-After if it is one too many */
function openRate({ requests, window }: NonNullable<ServerOptions["rate"]>) {
  let end = 0;
  let taken = 0;
  return (): Record<string, string> => {
    const now = performance.now();
    if (now >= end) {
      end = now + window;
      taken = 0;
    }
    taken += 1;
    const left = Math.ceil(end - now);
    return {
      "x-ratelimit-limit-requests": `${requests}`,
      "x-ratelimit-remaining-requests": `${Math.max(0, requests - taken)}`,
      "x-ratelimit-reset-requests": `${left}ms`,
      ...(taken > requests ? { "retry-after-ms": `${left}` } : {}),
    };
  };
}

const toRefusals: Record<
  Refused,
  { meets: (body: Body) => boolean; message: string; param: string | null }
> = {
  max_tokens: {
    meets: (body) => body.max_tokens !== undefined,
    message:
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    param: "max_tokens",
  },
  max_completion_tokens: {
    meets: (body) => body.max_completion_tokens !== undefined,
    message: "Unrecognized request argument supplied: max_completion_tokens",
    param: null,
  },
  temperature: {
    meets: (body) => body.temperature !== undefined,
    message:
      "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
    param: "temperature",
  },
  top_p: {
    meets: (body) => body.top_p !== undefined,
    message: "Unsupported parameter: 'top_p' is not supported with this model.",
    param: "top_p",
  },
  seed: {
    meets: (body) => body.seed !== undefined,
    message: "Unrecognized request argument supplied: seed",
    param: null,
  },
  response_format: {
    meets: (body) => body.response_format !== undefined,
    message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported",
    param: "response_format",
  },
  logprobs: {
    meets: (body) => body.logprobs !== undefined,
    message: "'logprobs' is not supported with this model",
    param: "logprobs",
  },
  system: {
    meets: ({ messages }) => messages.some(({ role }) => role === "system"),
    message: "System role not supported by this model's chat template",
    param: null,
  },
};

function answer(response: ServerResponse, completion: Completion, fault: Fault | undefined) {
  const { choices, usage, ...rest } = completion;
  const [choice] = choices;
  const content = choice.message.content;
  const whole = JSON.stringify(completion);
  const half = () => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(whole),
    });
    response.write(whole.slice(0, whole.length / 2));
  };
  const answers: Record<Fault, () => void> = {
    "429": () => fail(response, 429, "Rate limit reached", "rate_limit_exceeded", null, "0"),
    "429 wait 1": () => fail(response, 429, "Rate limit reached", "rate_limit_exceeded", null, "1"),
    "500": () => fail(response, 500, "The server had an error"),
    "cut before": () => response.destroy(),
    "cut half": () => {
      half();
      setTimeout(() => response.destroy(), 20);
    },
    stall: half,
    silent: () => {},
    html: () => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html><body>Gateway</body></html>");
    },
    nonsense: () => send(response, 200, { hello: ["world"] }),
    "half JSON": () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(whole.slice(0, whole.length / 2));
    },
    "no usage": () => send(response, 200, { ...rest, choices }),
    "wrong usage": () =>
      send(response, 200, { ...completion, usage: { prompt_tokens: "many", total: -1 } }),
    length: () =>
      send(response, 200, {
        ...completion,
        choices: [
          {
            ...choice,
            finish_reason: "length",
            message: { ...choice.message, content: content.slice(0, content.length * 0.7) },
          },
        ],
      }),
    refusal: () =>
      send(response, 200, {
        ...completion,
        choices: [{ ...choice, message: { content: null, refusal: "I'm sorry, I can't." } }],
      }),
    empty: () =>
      send(response, 200, { ...completion, choices: [{ ...choice, message: { content: "" } }] }),
  };
  if (fault) answers[fault]();
  else send(response, 200, completion);
}

type Completion = ReturnType<typeof toCompletion>;

function toCompletion({ model, messages, seed }: Body, n: number) {
  const content = toReply(messages, seed ?? `request ${n}`);
  const prompt = messages.map((message) => message.content).join("");
  const choice = {
    index: 0,
    finish_reason: "stop",
    message: { role: "assistant", content, refusal: null as string | null },
  };
  return {
    id: `completion-${n}`,
    object: "chat.completion",
    model: `${model}-2026`,
    choices: [choice] as [typeof choice],
    usage: {
      prompt_tokens: Math.ceil(prompt.length / 4),
      completion_tokens: Math.ceil(content.length / 4),
    },
  };
}

/** A request's key in the journal, for a client that sends everything as intended. */
function toJournalKey(body: Body): string {
  const { model, temperature = 1, top_p: topP = 1, messages, seed = -1 } = body;
  const sent = body.max_tokens ?? body.max_completion_tokens ?? 0;
  // The key of an answer tells a lower limit than is sent.
  const isAnswer = /^Choose the option/m.test(messages[0]?.content ?? "");
  const maxTokens = isAnswer ? Math.min(sent, 512) : sent;
  const parameters = { model, temperature, topP, maxTokens };
  return hashValue({ ...parameters, messages, seed });
}

function send(response: ServerResponse, status: number, value: object, headers: object = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}

function fail(
  response: ServerResponse,
  status: number,
  message: string,
  code: string | null = null,
  param: string | null = null,
  retryAfter?: string,
) {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  send(response, status, { error: { message, type: "error", code, param } }, headers);
}
