import { type Endpoint, ExpectedError, openNetwork, redact } from "@seedling/core";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Chat, ChatRequest } from "../src/ask/chat.ts";
import { openChat } from "../src/ask/open-chat.ts";
import { Passing, withRetries } from "../src/ask/retries.ts";
import {
  type Fault,
  openOpenaiServer,
  type Refused,
  type ServerOptions,
  toReply,
} from "./openai-server.ts";
import { toSaid } from "./shapes.ts";

const messages: ChatRequest["messages"] = [
  { role: "system", content: "Write 2." },
  {
    role: "user",
    content: '{\n"Options": ["True", "False"],\n"Answer": "True",\n"Question": "Is ice cold?"\n}',
  },
];
const toRequest = (seed: number): ChatRequest => ({ messages, seed, key: `${seed}` });
const parameters = { model: "test-model", temperature: 0.7, topP: 0.9, maxTokens: 256 };

/** A server and a chat with it. */
async function open(
  options: ServerOptions = {},
  more: Partial<Endpoint> & { model?: string; timeout?: number } = {},
) {
  const server = await openOpenaiServer(options);
  onTestFinished(() => server.close());
  const notices: string[] = [];
  const { model = "test-model", timeout = 20, apiKey = null, official = false } = more;
  const chat = openChat({
    endpoint: { baseUrl: server.url, apiKey, official },
    parameters: { ...parameters, model },
    timeout,
    fetch: (...args) => globalThis.fetch(...args),
    now: Date.now,
    notice: (line) => notices.push(line),
  });
  return { server, chat, notices };
}

const failure = (chat: Chat) =>
  chat(toRequest(1)).then(
    () => expect.fail("expected a failure"),
    (error: unknown) => error as Error,
  );

describe("a chat", () => {
  it("sends what was intended and reads the whole completion", async () => {
    const { server, chat } = await open();
    const completion = await chat(toRequest(5));
    expect(server.asked.map(({ body }) => body)).toEqual([
      { model: "test-model", messages, seed: 5, temperature: 0.7, top_p: 0.9, max_tokens: 256 },
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
    const { server, chat } = await open({}, { official: true });
    await chat(toRequest(1));
    expect(server.asked[0]?.body).toMatchObject({ max_completion_tokens: 256 });
    expect(server.asked[0]?.body).not.toHaveProperty("max_tokens");
  });

  it("sends the key", async () => {
    const { chat } = await open({ key: "right-key" }, { apiKey: "right-key" });
    expect((await chat(toRequest(1))).text).not.toBe("");
  });

  it.each([
    ["no usage", { usage: null, finishReason: "stop" }],
    ["wrong usage", { usage: null, finishReason: "stop" }],
    ["length", { finishReason: "length" }],
    ["refusal", { refusal: "I'm sorry, I can't.", text: "" }],
    ["empty", { text: "", refusal: null }],
  ] as [Fault, object][])("takes a reply for what it is: %s", async (fault, expected) => {
    const { chat } = await open({ faults: () => fault });
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
    const { chat } = await open({ faults: () => fault });
    const error = await failure(chat);
    expect(error).toBeInstanceOf(Passing);
    expect(error.message).toContain(message);
  });

  it("fails in passing where the server says nothing within the timeout", async () => {
    const { server, chat } = await open({ faults: () => "silent" }, { timeout: 0.2 });
    const error = await failure(chat);
    expect(error).toBeInstanceOf(Passing);
    expect(error.message).toBe(`${server.url} did not answer within 0.2 s (--timeout)`);
  });

  it("fails in passing where the server stops in the middle", async () => {
    openNetwork(0.2);
    const { chat } = await open({ faults: () => "stall" }, { timeout: 0.2 });
    expect(await failure(chat)).toBeInstanceOf(Passing);
  });

  it("fails in passing where no server listens", async () => {
    const { server, chat } = await open();
    await server.close();
    const error = await failure(chat);
    expect(error).toBeInstanceOf(Passing);
    expect(error.message).toMatch(/^no connection to http:.*ECONNREFUSED/);
  });

  it("names --model where the model is not known", async () => {
    const { chat } = await open({}, { model: "gpt-3.5-turbo" });
    const error = await failure(chat);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).not.toBeInstanceOf(Passing);
    expect(error.message).toMatch(/answered 404 .*name one by --model \(asked for gpt-3.5-turbo;/);
  });

  it.each([
    ["of OpenAI's shape", "sk-proj-abcdefghijklmnop1234"],
    ["of any shape", "correct horse battery staple"],
    ["so long that the message is cut inside it", `${"k3y".repeat(120)}`],
  ])("has no key in its error, whatever the server echoes: a key %s", async (_, apiKey) => {
    const { chat } = await open({ key: "another" }, { apiKey });
    const error = await failure(chat);
    expect(error).not.toBeInstanceOf(Passing);
    expect(error.message).toMatch(/answered 401 .*expected a valid key in OPENAI_API_KEY/);
    const shown = redact(error.message, { OPENAI_API_KEY: apiKey });
    expect(shown).not.toContain(apiKey.slice(0, 9));
    expect(shown).toContain("[key removed]");
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
    const { server, chat, notices } = await open({ refuses: [refused] });
    const completions = await Promise.all([1, 2, 3, 4].map((seed) => chat(toRequest(seed))));
    completions.push(await chat(toRequest(3)));
    for (const completion of completions) expect(completion.adapted).toEqual([line]);
    expect(notices).toEqual([`the server refuses a parameter; going on ${line}`]);
    const last = server.asked.at(-1)?.body;
    expect(last).toMatchObject(has);
    for (const name of lacks) expect(last).not.toHaveProperty(name);
    expect(server.asked.at(-1)?.status).toBe(200);
  });

  it("is adapted together with all the others, a line each, and the reply limit stays", async () => {
    const refuses: Refused[] = ["seed", "temperature", "top_p", "system", "max_tokens"];
    const { server, chat, notices } = await open({ refuses });
    const completions = await Promise.all([1, 2, 3].map((seed) => chat(toRequest(seed))));
    expect(notices).toHaveLength(refuses.length);
    for (const { adapted } of completions) expect(new Set(adapted).size).toBe(refuses.length);
    expect(Object.keys(server.asked.at(-1)?.body ?? {}).sort()).toEqual([
      "max_completion_tokens",
      "messages",
      "model",
    ]);
  });

  it("is OpenAI's newer limit, where a server that is called so knows the older one only", async () => {
    const { server, chat } = await open({ refuses: ["max_completion_tokens"] }, { official: true });
    await chat(toRequest(1));
    expect(server.asked.at(-1)?.body).toMatchObject({ max_tokens: 256 });
  });

  it("is an error in the server's words where neither name of the limit is taken", async () => {
    const { server, chat } = await open({ refuses: ["max_tokens", "max_completion_tokens"] });
    const error = await failure(chat);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).not.toBeInstanceOf(Passing);
    expect(error.message).toContain("answered 400");
    expect(error.message).toContain("max_completion_tokens");
    for (const { body } of server.asked)
      expect(body.max_tokens ?? body.max_completion_tokens).toBe(256);
  });
});

describe("withRetries", () => {
  it.each(["429", "500", "cut before", "cut half", "html", "nonsense", "half JSON"] as Fault[])(
    "asks again until the same completion arrives: %s",
    async (fault) => {
      const { server, chat } = await open({ faults: (n) => (n < 2 ? fault : undefined) });
      const retried = withRetries(chat, 3);
      const [one, other] = await Promise.all([retried(toRequest(1)), retried(toRequest(2))]);
      expect(one.text).toBe(toReply(messages, 1));
      expect(other.text).toBe(toReply(messages, 2));
      expect(server.asked).toHaveLength(4);
    },
  );

  it("waits as long as the server asks", async () => {
    const { server, chat } = await open({ faults: (n) => (n === 0 ? "429 wait 1" : undefined) });
    await withRetries(chat, 1)(toRequest(1));
    const [first, second] = server.asked.map(({ at }) => at) as [number, number];
    expect(second - first).toBeGreaterThanOrEqual(1000);
  });

  it("reads a Retry-After that is a date", async () => {
    const date = new Date(Date.now() + 2500).toUTCString();
    const chat = openChat({
      endpoint: { baseUrl: "http://localhost/v1", apiKey: null, official: false },
      parameters,
      timeout: 1,
      fetch: async () => new Response("{}", { status: 429, headers: { "retry-after": date } }),
      now: Date.now,
      notice: () => {},
    });
    const { retryAfter } = (await failure(chat)) as Passing;
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(2.5);
  });

  it("gives up after the last try, and says after how many", async () => {
    for (const retries of [0, 1]) {
      const { server, chat } = await open({ faults: () => "500" });
      const error = await failure(withRetries(chat, retries));
      expect(error).toBeInstanceOf(ExpectedError);
      expect(error.message).toContain(`(after ${retries + 1} tries)`);
      expect(server.asked).toHaveLength(retries + 1);
    }
  });

  it.each([
    ["a wrong key", { key: "k" }, "answered 401"],
    ["an unknown model", { models: ["other"] }, "answered 404"],
  ])("never asks again for what stays so: %s", async (_, options, message) => {
    const { server, chat } = await open(options);
    const error = await failure(withRetries(chat, 5));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("tries");
    expect(server.asked).toHaveLength(1);
  });

  it("lets a bug through at once, with its stack", async () => {
    let asked = 0;
    const bug: Chat = async () => {
      asked += 1;
      throw new TypeError("x is not a function");
    };
    const error = await failure(withRetries(bug, 5));
    expect(error).toBeInstanceOf(TypeError);
    expect(asked).toBe(1);
  });

  it("passes a completion on as it is", async () => {
    expect(await withRetries(async () => toSaid("x"), 2)(toRequest(1))).toEqual(toSaid("x"));
  });
});
