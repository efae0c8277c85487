import { ExpectedError, openNetwork, redact } from "@seedling/core/internal";
import { type Fault, openOpenaiServer, type Refused, toReply } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { isFree, PermanentError, RetryableError } from "../src/llm/errors.ts";
import { createServerChat, openChat } from "../src/llm/open-chat.ts";
import { parseCompletion } from "../src/llm/read-completion.ts";
import { messages, openServerChat, parameters, toFailure, toRequest } from "./server-chat.ts";

describe("a chat", () => {
  it("sends what was intended and reads the whole completion", async () => {
    const { server, chat } = await openServerChat();
    const completion = await chat(toRequest(5));
    expect(server.asked.map(({ body }) => body)).toEqual([
      {
        ...{ model: "test-model", messages, seed: 5, temperature: 0.7, top_p: 0.9 },
        ...{ max_tokens: 256, stream: false },
      },
    ]);
    expect(completion).toMatchObject({
      text: toReply(messages, 5),
      finishReason: "stop",
      refusal: null,
      model: "test-model-2026",
      adapted: [],
    });
    expect(completion.usage?.completionTokens).toBe(Math.ceil(completion.text.length / 4));
    expect(Date.parse(completion.at)).not.toBeNaN();
  });

  it("asks OpenAI's own models by the limit's newer name", async () => {
    const { server, chat } = await openServerChat({}, { official: true });
    await chat(toRequest(1));
    expect(server.asked[0]?.body).toMatchObject({ max_completion_tokens: 256 });
    expect(server.asked[0]?.body).not.toHaveProperty("max_tokens");
  });

  it("sends the key", async () => {
    const { chat } = await openServerChat({ key: "right-key" }, { apiKey: "right-key" });
    expect((await chat(toRequest(1))).text).not.toBe("");
  });

  it.each([
    ["no usage", { usage: null, finishReason: "stop" }],
    ["wrong usage", { usage: null, finishReason: "stop" }],
    ["length", { finishReason: "length" }],
    ["refusal", { refusal: "I'm sorry, I can't.", text: "" }],
    ["empty", { text: "", refusal: null }],
  ] as [Fault, object][])("takes a reply for what it is: %s", async (fault, expected) => {
    const { chat } = await openServerChat({ faults: () => fault });
    expect(await chat(toRequest(1))).toMatchObject(expected);
  });

  it.each([
    ["429", "answered 429 Rate limit reached"],
    ["500", "answered 500 The server had an error"],
    ["cut before", "no connection to"],
    ["cut half", "cannot be read"],
    ["html", 'expected a chat completion, got "<html>'],
    ["nonsense", 'expected a chat completion, got {"hello":["world"]'],
    ["half JSON", "cannot be read"],
  ] as [Fault, string][])("fails in passing: %s", async (fault, message) => {
    const { chat } = await openServerChat({ faults: () => fault });
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toContain(message);
  });

  it("fails in passing where the server says nothing within the timeout", async () => {
    const { server, chat } = await openServerChat({ faults: () => "silent" }, { timeout: 0.2 });
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toBe(`${server.url} did not answer within 0.2 s (--timeout)`);
  });

  it("fails in passing where the server stops in the middle", async () => {
    const fetch = await openNetwork(0.2, {});
    const { chat } = await openServerChat({ faults: () => "stall" }, { timeout: 0.2, fetch });
    expect(await toFailure(chat)).toBeInstanceOf(RetryableError);
  });

  it("fails in passing where no server listens", async () => {
    const { server, chat } = await openServerChat();
    await server.close();
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toMatch(/^no connection to http:.*ECONNREFUSED/);
  });

  it("names --model where the model is not known", async () => {
    const { chat } = await openServerChat({}, { model: "gpt-3.5-turbo" });
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).not.toBeInstanceOf(RetryableError);
    expect(error.message).toMatch(/answered 404 .*name one by --model \(asked for gpt-3.5-turbo;/);
  });

  it.each([
    ["of OpenAI's shape", "sk-proj-abcdefghijklmnop1234"],
    ["of any shape", "correct horse battery staple"],
    ["so long that the message is cut inside it", `${"k3y".repeat(120)}`],
  ])("has no key in its error, whatever the server echoes: a key %s", async (_, apiKey) => {
    const { chat } = await openServerChat({ key: "another" }, { apiKey });
    const error = await toFailure(chat);
    expect(error).not.toBeInstanceOf(RetryableError);
    expect(error.message).toMatch(/answered 401 .*expected a valid key in OPENAI_API_KEY/);
    const shown = redact(error.message, { OPENAI_API_KEY: apiKey });
    expect(shown).not.toContain(apiKey.slice(0, 9));
    expect(shown).toContain("[key removed]");
  });
});

describe("openChat", () => {
  it("asks a server with its own limits and retries, and needs no more than a URL and a model", async () => {
    const server = await openOpenaiServer({ faults: (n) => (n === 0 ? "500" : undefined) });
    onTestFinished(server.close);
    const slept: number[] = [];
    const clock = { now: Date.now, sleep: async (ms: number) => void slept.push(ms) };
    const chat = openChat({ baseURL: server.url, model: "test-model", concurrency: 2, clock });
    const texts = await Promise.all(
      [1, 2, 3, 4, 5].map(async (seed) => (await chat(toRequest(seed))).text),
    );
    expect(texts).toEqual([1, 2, 3, 4, 5].map((seed) => toReply(messages, seed)));
    expect(server.maxInFlight).toBe(2);
    expect(server.asked).toHaveLength(6);
    expect(slept).toHaveLength(1);
    expect(server.asked[0]?.body).toMatchObject({ temperature: 1, top_p: 1, max_tokens: 2048 });
  });

  it("throws what the server does not take", async () => {
    const { server } = await openServerChat();
    const chat = openChat({ baseURL: server.url, model: "another", retries: 3 });
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain("asked for another");
  });
});

const refusals: [Refused, string, object, string[]][] = [
  [
    "max_tokens",
    "max_completion_tokens instead of max_tokens",
    { max_completion_tokens: 256 },
    ["max_tokens"],
  ],
  ["temperature", "without temperature", { seed: 3 }, ["temperature"]],
  ["top_p", "without top_p", { seed: 3 }, ["top_p"]],
  ["seed", "without seed", { top_p: 0.9 }, ["seed"]],
  [
    "system",
    "the instruction in the user's message, without a system role",
    { messages: [{ role: "user", content: `Write 2.\n\n${messages[1]?.content}` }] },
    [],
  ],
];

describe("a refused parameter", () => {
  it.each(refusals)("is adapted, said once and recorded: %s", async (refused, line, has, lacks) => {
    const { server, chat, logged } = await openServerChat({ refuses: [refused] });
    const completions = await Promise.all([1, 2, 3, 4].map((seed) => chat(toRequest(seed))));
    completions.push(await chat(toRequest(3)));
    for (const completion of completions) expect(completion.adapted).toEqual([line]);
    expect(logged).toEqual([`the server refuses a parameter; going on ${line}`]);
    const last = server.asked.at(-1)?.body;
    expect(last).toMatchObject(has);
    for (const name of lacks) expect(last).not.toHaveProperty(name);
    expect(server.asked.at(-1)?.status).toBe(200);
  });

  it("is adapted together with all the others, a line each, and the reply limit stays", async () => {
    const refuses: Refused[] = ["seed", "temperature", "top_p", "system", "max_tokens"];
    const { server, chat, logged } = await openServerChat({ refuses });
    const completions = await Promise.all([1, 2, 3].map((seed) => chat(toRequest(seed))));
    expect(logged).toHaveLength(refuses.length);
    for (const { adapted } of completions) expect(new Set(adapted).size).toBe(refuses.length);
    expect(Object.keys(server.asked.at(-1)?.body ?? {}).sort()).toEqual([
      "max_completion_tokens",
      "messages",
      "model",
      "stream",
    ]);
  });

  it("is OpenAI's newer limit, where a server that is called so knows the older one only", async () => {
    const { server, chat } = await openServerChat(
      { refuses: ["max_completion_tokens"] },
      { official: true },
    );
    await chat(toRequest(1));
    expect(server.asked.at(-1)?.body).toMatchObject({ max_tokens: 256 });
  });

  it("is an error in the server's words where neither name of the limit is taken", async () => {
    const { server, chat } = await openServerChat({
      refuses: ["max_tokens", "max_completion_tokens"],
    });
    const error = await toFailure(chat);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).not.toBeInstanceOf(RetryableError);
    expect(error.message).toContain("answered 400");
    expect(error.message).toContain("max_completion_tokens");
    for (const { body } of server.asked)
      expect(body.max_tokens ?? body.max_completion_tokens).toBe(256);
  });
});

describe("the headers of a response", () => {
  it.each([undefined, "429", "500", "cut half", "html", "half JSON", "stall"] as const)(
    "are told, whatever becomes of it: %s",
    async (fault) => {
      const seen: (string | null)[] = [];
      const { chat } = await openServerChat(
        { faults: () => fault, headers: (n) => ({ "x-number": `${n}` }) },
        { timeout: 0.5, observe: (headers) => seen.push(headers.get("x-number")) },
      );
      for (const seed of [1, 2]) await chat(toRequest(seed)).catch(() => {});
      expect(seen).toEqual(["0", "1"]);
    },
  );

  it("say how long to wait, also as a date", async () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:02 GMT" };
    const chat = createServerChat({
      endpoint: { baseUrl: "http://localhost/v1", apiKey: null, official: false },
      parameters,
      timeout: 1,
      fetch: async () => new Response("{}", { status: 503, headers }),
      clock: { now: () => now, sleep: async () => {} },
      observe: () => {},
      log: () => {},
    });
    expect(await toFailure(chat)).toMatchObject({ retryAfter: 2, code: "server" });
  });
});

describe("what a failure may have cost", () => {
  it.each([
    ["429", true],
    ["500", false],
    ["cut before", false],
    ["cut half", false],
    ["stall", false],
    ["silent", false],
    ["html", false],
    ["nonsense", false],
    ["half JSON", false],
  ] as [Fault, boolean][])("%s: certainly nothing: %s", async (fault, unbilled) => {
    const { chat } = await openServerChat({ faults: () => fault }, { timeout: 0.3 });
    expect(isFree(await toFailure(chat))).toBe(unbilled);
  });

  it.each([
    ["a wrong key", { key: "k" }],
    ["an unknown model", { models: ["other"] }],
    ["a refused limit", { refuses: ["max_tokens", "max_completion_tokens"] as Refused[] }],
  ])("%s: nothing", async (_, options) => {
    const { chat } = await openServerChat(options);
    expect(isFree(await toFailure(chat))).toBe(true);
  });

  it("no server that listens: nothing", async () => {
    const { server, chat } = await openServerChat();
    await server.close();
    expect(isFree(await toFailure(chat))).toBe(true);
  });

  it("a bug: nobody knows", () => {
    expect(isFree(new TypeError("no"))).toBe(false);
    expect(isFree(new ExpectedError("no"))).toBe(false);
  });
});

describe("parseCompletion", () => {
  const toReplyOf = (usage: unknown) => ({ choices: [{ message: { content: "x" } }], usage });

  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 4 },
      { promptTokens: 3, completionTokens: 4 },
    ],
    [
      { prompt_tokens: 0, completion_tokens: 512 },
      { promptTokens: 0, completionTokens: 512 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 513 },
      { promptTokens: 3, completionTokens: 513 },
    ],
    [
      { prompt_tokens: 100, completion_tokens: 200, total_tokens: 3300 },
      { promptTokens: 100, completionTokens: 3200 },
    ],
    [
      { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 },
      { promptTokens: 100, completionTokens: 200 },
    ],
    [
      { prompt_tokens: 100, completion_tokens: 200, total_tokens: 0 },
      { promptTokens: 100, completionTokens: 200 },
    ],
    [{ prompt_tokens: 3, completion_tokens: 1e12 }, null],
    [{ prompt_tokens: 1e12, completion_tokens: 4 }, null],
    [{ prompt_tokens: -3, completion_tokens: 4 }, null],
    [{ prompt_tokens: 3, completion_tokens: -4 }, null],
    ...[
      { prompt_tokens: 2.5, completion_tokens: 4 },
      { prompt_tokens: "3", completion_tokens: "4" },
      { input_tokens: 3, output_tokens: 4 },
      { prompt_tokens: 3, total_tokens: 7 },
      { prompt_tokens: 3, completion_tokens: null, total_tokens: 7 },
      {
        prompt_tokens: 3,
        completion_tokens: 1,
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    ].map((given): [object, object] => [given, { promptTokens: 3, completionTokens: 4 }]),
    [{ prompt_tokens: 3 }, null],
    [{ total_tokens: 7 }, null],
    ["many", null],
    [[], null],
    [null, null],
    [undefined, null],
  ])("takes %j for %j", (given, usage) => {
    expect(parseCompletion(toReplyOf(given), parameters).usage).toEqual(usage);
  });

  it("shows what is no completion with its control characters escaped", () => {
    const wrong = { hello: "\u001b[31m\u009b2J\u007f" };
    expect(() => parseCompletion(wrong, parameters)).toThrow(
      'expected a chat completion, got {"hello":"\\u001b[31m\\u009b2J\\u007f"}',
    );
  });
});
