import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createExamples } from "../src/create/create-examples.ts";
import { PermanentError, RetryableError } from "../src/llm/errors.ts";
import { type OpenChatOptions, openChat } from "../src/llm/open-chat.ts";
import { toFailure, toRequest } from "./server-chat.ts";

interface Asked {
  /** From 0. */
  n: number;
  url: string;
  headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: a body as it came
  body: any;
}

/** What a server answers: a status, a body (an object as JSON), and headers. */
type Answer = [status: number, body: unknown, headers?: Record<string, string>];

/** A server that answers as a function says, until the test is over. */
async function serve(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = [];
  const http = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const given = await text(request);
    const { url = "", headers } = request;
    const one = { n: asked.length, url, headers, body: given && JSON.parse(given) };
    asked.push(one);
    const [status, body, more] = answer(one);
    const isText = typeof body === "string";
    response.writeHead(status, {
      "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
      ...more,
    });
    response.end(isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void http.close());
  return { asked, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1` };
}

/** A chat whose waits take no time. */
function open(baseURL: string, more: Partial<OpenChatOptions> = {}) {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const logged: string[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const chat = openChat({ baseURL, model: "m", clock, log: (line) => logged.push(line), ...more });
  return { chat, logged };
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const message = { role: "assistant", content: "Hello" };
const choice = { index: 0, message, finish_reason: "stop" };
const whole = { id: "c", model: "m-1", choices: [choice], usage };
const good: Answer = [200, whole];
const saying = (more: object): Answer => [200, { ...whole, choices: [{ ...choice, ...more }] }];
const writing = (more: object) => saying({ message: { ...message, ...more } });

describe("a good reply in another wrapping", () => {
  const events = (...parts: object[]) =>
    parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join("");
  it.each<[string, Answer]>([
    [
      "parts",
      writing({
        content: [
          { type: "text", text: "Hel" },
          { type: "text", text: "lo" },
        ],
      }),
    ],
    ["one part", writing({ content: { type: "text", text: "Hello" } })],
    ["texts", writing({ content: ["Hel", "lo"] })],
    [
      "a thought before it",
      writing({
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
          { type: "reasoning", text: "hm" },
          { type: "text", text: "Hello" },
        ],
      }),
    ],
    ["plain text for JSON", [200, JSON.stringify(whole)]],
    ["a byte order mark", [200, `\ufeff${JSON.stringify(whole)}`]],
    ["model null", [200, { ...whole, model: null }]],
    ["parts without a type", writing({ content: [{ text: "Hel" }, { text: "lo" }] })],
    ["parts of values", writing({ content: [{ type: "text", text: { value: "Hello" } }] })],
    ["parts of content", writing({ content: [{ type: "text", content: "Hello" }] })],
    [
      "a draft marked as a thought",
      writing({
        content: [
          { type: "text", text: "hm", thought: true },
          { type: "text", text: "Hello" },
        ],
      }),
    ],
    [
      "the second choice",
      [200, { ...whole, choices: [{ ...choice, message: { content: "" } }, choice] }],
    ],
    ["a gateway's wrapping", [200, { data: whole, code: 0 }]],
    ["a list of one", [200, [whole]]],
    ["JSON in JSON", [200, JSON.stringify(JSON.stringify(whole))]],
    [
      "lines that keep it open",
      [200, `: keep-alive\n\n: keep-alive\n${JSON.stringify(whole)}\n\0`],
    ],
    ["what ends a stream after it", [200, `${JSON.stringify(whole)}\ndata: [DONE]\n`]],
    ["an error without a word", [200, { ...whole, error: { code: 0, message: "" } }]],
    ["refusal None", writing({ refusal: "None" })],
    [
      "lines of parts",
      [
        200,
        [
          { choices: [{ delta: { content: "Hel" } }] },
          { choices: [{ delta: { content: "lo" }, finish_reason: "stop" }] },
        ]
          .map((one) => JSON.stringify(one))
          .join("\n"),
      ],
    ],
    ["a finish reason that is a number", saying({ finish_reason: 1 })],
    ["a finish reason that is an object", saying({ finish_reason: { type: "stop" } })],
    ["refusal: false", writing({ refusal: false })],
    ["tool calls: []", writing({ tool_calls: [] })],
    ["error: null", [200, { ...whole, error: null }]],
    ["text beside the message", [200, { ...whole, choices: [{ text: "Hello" }] }]],
    ["no usage", [200, { choices: [choice] }]],
    [
      "an event stream",
      [
        200,
        `${events({ model: "m-1", choices: [{ delta: { role: "assistant", content: "Hel" } }] }, { choices: [{ delta: { content: "lo" }, finish_reason: "stop" }] }, { choices: [], usage })}data: [DONE]\n\n`,
        { "content-type": "text/event-stream" },
      ],
    ],
    ["an event stream of one event", [200, `: comment\r\ndata: ${JSON.stringify(whole)}\r\n\r\n`]],
  ])("is read and asked for once: %s", async (_, answer) => {
    const { asked, url } = await serve(() => answer);
    expect((await open(url).chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body.stream).toBe(false);
  });
});

describe("an error", () => {
  const words = "Unknown name 'seed': cannot find field";
  it.each<[string, Answer]>([
    ["as OpenAI writes it", [400, { error: { message: words, type: "invalid", param: null } }]],
    ["in a list", [400, [{ error: { code: 400, message: words } }]]],
    ["as detail", [400, { detail: words }]],
    ["with a type at the top", [400, { object: "error", message: words, code: 400 }]],
    ["among errors", [400, { success: false, errors: [{ code: 7, message: words }] }]],
    ["as a message", [422, { message: words }]],
    ["as an error's text", [400, { error: words }]],
    ["as plain text", [400, words]],
    ["as a page", [400, `<html><style>p{}</style><body><p>${words}</p></body></html>`]],
    [
      "as a validator's",
      [422, { detail: [{ loc: ["body", "seed"], msg: "Extra inputs are not permitted" }] }],
    ],
    [
      "as a router passes it on",
      [
        400,
        {
          error: { message: "Provider returned error", metadata: { raw: `{"error":"${words}"}` } },
        },
      ],
    ],
    ["as a server's own", [500, { error: { message: words } }]],
    ["with status 200", [200, { error: { code: 400, message: words } }]],
  ])("is understood and adapted to: %s", async (_, answer) => {
    const { asked, url } = await serve(({ body }) => ("seed" in body ? answer : good));
    const { chat, logged } = open(url);
    expect((await chat(toRequest(1))).adapted).toEqual(["without seed"]);
    expect(logged).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Answer, string]>([
    ["a list", [400, [{ error: { message: "No such thing." } }]], "400 No such thing."],
    ["another shape", [400, { ok: false, why: { a: 1 } }], '400 {"ok":false,"why":{"a":1}}'],
    ["nothing", [400, ""], "400 Bad Request"],
    ["a text with lines of JSON", [400, 'Failed.\n{"detail": "x"}'], '400 Failed. {"detail": "x"}'],
    ["a long text", [400, "x".repeat(5000)], `400 ${"x".repeat(290)}`],
  ])("has the server's words: %s", async (_, answer, shown) => {
    const { url } = await serve(() => answer);
    const error = await toFailure(open(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain(`${url} answered ${shown}`);
    expect(error.message.length).toBeLessThan(400);
  });

  it.each([
    "Jinja Exception: System role not supported",
    "Only user and assistant roles are supported!",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "Developer instruction is not enabled for models/gemma-3-27b-it",
    "Unexpected role 'system' in messages[0]",
  ])("about the system role moves the instruction: %s", async (said) => {
    const { asked, url } = await serve(({ body }) =>
      body.messages[0].role === "system" ? [500, { error: { message: said } }] : good,
    );
    const { chat } = open(url);
    expect((await chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(2);
  });

  it.each([
    "GPU temperature too high, node drained",
    "relation does not exist in schema",
    "upstream stream closed",
    "processing messages: role service down",
  ])("of a server that failed by itself changes nothing: %s", async (said) => {
    const { url } = await serve(({ n }) => (n === 0 ? [502, { error: { message: said } }] : good));
    expect((await open(url).chat(toRequest(1))).adapted).toEqual([]);
  });

  it("leaves the system role where it is not named", async () => {
    const { asked, url } = await serve(({ n }) =>
      n === 0 ? [500, { error: { message: "System overloaded, contact support" } }] : good,
    );
    expect((await open(url).chat(toRequest(1))).adapted).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it("is not waited for with joinInstruction", async () => {
    const { asked, url } = await serve(() => good);
    await open(url, { joinInstruction: true }).chat(toRequest(1));
    expect(asked[0]?.body.messages).toMatchObject([{ role: "user" }]);
  });

  it.each([
    [1, 0.9, "temperature"],
    [0.7, 1, "top_p"],
    [0.7, 0.9, "top_p"],
  ])("about temperature %d with top_p %d leaves out %s", async (temperature, topP, left) => {
    const { asked, url } = await serve(({ body }) =>
      "temperature" in body && "top_p" in body
        ? [400, { error: { message: "`temperature` and `top_p` cannot both be specified" } }]
        : good,
    );
    await open(url, { temperature, topP }).chat(toRequest(1));
    expect(asked.at(-1)?.body).not.toHaveProperty(left);
  });

  it.each([
    "max_tokens is too large: 9000. This model supports at most 4096 completion tokens",
    "max_completion_tokens must be less than or equal to 8192",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
    "Range of max_tokens should be [1, 1024]",
  ])("about the limit names its flag: %s", async (said) => {
    const { asked, url } = await serve(() => [400, { error: { message: said } }]);
    const error = await toFailure(open(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain("expected a smaller --max-tokens");
    expect(asked).toHaveLength(1);
  });
});

describe("a request that the server does not take", () => {
  const filtered = { error: { message: "filtered", code: "content_filter", param: "prompt" } };
  const tooLong = "This model's maximum context length is 4096 tokens. You requested 5000";
  it.each<[string, Answer, RegExp]>([
    ["for its content", [400, filtered], /answered 400 filtered/],
    ["for its length", [400, { error: { message: tooLong } }], /maximum context length/],
    [
      "with a limit that leaves no room",
      [400, { message: `'max_tokens' is too large: 2048. ${tooLong}` }],
      /too large/,
    ],
    ["for its size", [413, ""], /413/],
    [
      "by a limit of both",
      [
        422,
        {
          error: "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3000 `inputs` tokens",
        },
      ],
      /must be <= 4096/,
    ],
    [
      "for tokens that it counts",
      [400, { message: "prompt tokens (9000) > n_ctx (8192)" }],
      /n_ctx/,
    ],
    [
      "with a status of its own failure",
      [500, { detail: "This model's maximum context length is 2048 tokens" }],
      /context length/,
    ],
    [
      "by an inspection",
      [
        400,
        { code: "DataInspectionFailed", message: "Output data may contain unsuitable material" },
      ],
      /unsuitable/,
    ],
    [
      "without a word, for no tokens",
      [
        200,
        {
          choices: [{ message: { content: null }, finish_reason: "content_filter" }],
          usage: { ...usage, completion_tokens: 0 },
        },
      ],
      /content_filter/,
    ],
    ["by a policy", [422, { detail: "Input violates our content policy" }], /violates/],
    ["after it was answered", saying({ finish_reason: "content_filter" }), /content_filter/],
    ["without a choice", [200, { ...whole, choices: [], promptFeedback: "SAFETY" }], /SAFETY/],
  ])("is a reply with nothing in it and the server's words: %s", async (_, answer, words) => {
    const { asked, url } = await serve(({ n }) => (n === 0 ? good : answer));
    const { chat } = open(url);
    await chat(toRequest(1));
    const refused = await chat(toRequest(2));
    expect(refused).toMatchObject({ text: "", refused: expect.stringMatching(words) });
    expect(asked.length).toBe(refused.refused?.includes("SAFETY") ? 4 : 2);
  });

  it.each([401, 402, 403, 404, 405])("ends the run with %d", async (status) => {
    const { url } = await serve(({ n }) => (n === 0 ? good : [status, filtered]));
    const { chat } = open(url);
    await chat(toRequest(1));
    expect(await toFailure(chat)).toBeInstanceOf(PermanentError);
  });

  it("and answers again in a form that cannot be read is refused, once another was read", async () => {
    const { asked, url } = await serve(({ n }) => (n === 0 ? good : [200, { hello: [`${n}`] }]));
    const { chat } = open(url);
    await chat(toRequest(1));
    expect(await chat(toRequest(2))).toMatchObject({ text: "", refused: expect.any(String) });
    expect(asked).toHaveLength(3);
  });

  it("and answers all in a form that cannot be read ends the run with that form", async () => {
    const { asked, url } = await serve(({ n }) => [200, { hello: [`${n}`] }]);
    const error = await toFailure(open(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe('expected a chat completion, got {"hello":["1"]}');
    expect(asked).toHaveLength(2);
  });
});

describe("a failure inside an answer with status 200", () => {
  it.each<[string, Answer]>([
    ["finish_reason error", saying({ finish_reason: "error", message: { content: "" } })],
    ["an error of the choice", saying({ error: { code: 502, message: "Upstream went away" } })],
    ["an error of the whole", [200, { ...whole, error: { message: "Overloaded" } }]],
    ["a finish reason of a failure", saying({ finish_reason: "insufficient_system_resource" })],
    ["an abort", saying({ finish_reason: "abort" })],
    ["an error in another form", [200, { object: "error", message: "engine dead", code: 500 }]],
    ["an error with a code alone", [200, { code: 500, msg: "server busy" }]],
    [
      "a stream that was cut",
      [200, `data: ${JSON.stringify({ choices: [{ delta: { content: "Hel" } }] })}\n\n`],
    ],
    ["an error alone", [200, { error: "Overloaded" }]],
    [
      "nothing for no tokens",
      [
        200,
        {
          choices: [{ message: { content: "" }, finish_reason: "stop" }],
          usage: { ...usage, completion_tokens: 0 },
        },
      ],
    ],
  ])("passes: %s", async (_, answer) => {
    const { asked, url } = await serve(({ n }) => (n === 0 ? answer : good));
    expect((await open(url).chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(2);
  });

  it("of a choice that is missing is tried three times, whatever --retries says", async () => {
    const { asked, url } = await serve(({ n }) =>
      n === 0 ? good : [200, { ...whole, choices: [], id: `${n}` }],
    );
    const { chat } = open(url, { retries: 0 });
    await chat(toRequest(1));
    expect(await chat(toRequest(2))).toHaveProperty("refused");
    expect(asked).toHaveLength(4);
  });

  it("ends as it says where it does not pass", async () => {
    const { url } = await serve(() => saying({ error: { code: 502, message: "Gone" } }));
    const error = await toFailure(open(url, { retries: 2 }).chat);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error.message).toContain("answered 502 Gone (after 3 tries)");
  });
});

describe("a server that asks to wait", () => {
  const full = (message: string, headers = {}, more = {}): Answer => [
    429,
    { error: { message, ...more } },
    headers,
  ];
  it.each<[string, Answer]>([
    ["for hours", full("Daily quota", { "retry-after": "7200" })],
    ["without an end", full("Daily quota")],
    ["with a quota that is used up", full("Daily quota", {}, { type: "insufficient_quota" })],
  ])("ends the run in its words: %s", async (_, answer) => {
    const { url } = await serve(() => answer);
    const { chat, logged } = open(url, { concurrency: 4 });
    const all = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((seed) => chat(toRequest(seed))));
    for (const one of all)
      expect(one).toMatchObject({
        status: "rejected",
        reason: { name: "PermanentError", message: expect.stringContaining("Daily quota") },
      });
    expect(logged.length).toBeLessThanOrEqual(1);
  });

  it.each(["requests", "tokens"])(
    "by its headers alone is not waited for in silence: %s",
    async (kind) => {
      const headers = {
        [`x-ratelimit-remaining-${kind}`]: "0",
        [`x-ratelimit-reset-${kind}`]: "24h",
      };
      const { url } = await serve(() => [200, whole, headers]);
      const { chat, logged } = open(url, { maxWait: 60_000, concurrency: 1 });
      for (const seed of [1, 2]) await chat(toRequest(seed));
      expect(logged).toEqual(["the server grants no request now: waiting 60 s"]);
    },
  );

  it("is waited for with a line while its model is loaded", async () => {
    const { asked, url } = await serve(({ n }) =>
      n < 9 ? [503, { error: { message: "Loading model", code: 503 } }] : good,
    );
    const { chat, logged } = open(url, { retries: 0 });
    expect((await chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(10);
    expect(logged).toEqual([
      `${url} answered 503 Loading model; waiting, at most 10 min (--max-wait)`,
    ]);
  });
});

describe("a key that the server echoes", () => {
  const apiKey = "correct-horse-battery-staple";
  it.each<[string, Answer]>([
    ["in a form that cannot be read", [200, { hello: [apiKey] }]],
    ["in one that is cut where it is shown", [200, { hello: ["x".repeat(170), apiKey] }]],
    ["in its words", [400, { error: { message: `content policy: ${apiKey}` } }]],
    ["as a model's name", [200, { ...whole, model: `m-${apiKey}` }]],
  ])("stands in nothing that a journal keeps: %s", async (_, answer) => {
    const { url } = await serve(({ n }) => (n === 0 ? good : answer));
    const { chat, logged } = open(url, { apiKey });
    await chat(toRequest(1));
    expect(JSON.stringify([await chat(toRequest(2)), logged])).not.toContain(apiKey.slice(0, 12));
  });
});

describe("a base URL", () => {
  it("keeps its query, and then the key stands where Azure looks for it", async () => {
    const { asked, url } = await serve(() => good);
    await open(`${url}/deployments/d?api-version=2026-01-01`, { apiKey: "k-123456" }).chat(
      toRequest(1),
    );
    expect(asked[0]).toMatchObject({
      url: "/v1/deployments/d/chat/completions?api-version=2026-01-01",
      headers: { "api-key": "k-123456", authorization: "Bearer k-123456" },
    });
  });

  it("without a path is told so where nothing is found", async () => {
    const { url } = await serve(() => [404, { detail: "Not Found" }]);
    const { origin } = new URL(url);
    const error = await toFailure(open(origin).chat);
    expect(error.message).toContain(`expected a path in OPENAI_BASE_URL, such as ${origin}/v1`);
  });

  it("of a server whose certificate is not trusted is told how to trust it", async () => {
    const cause = Object.assign(new Error("self-signed certificate"), {
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    const fetch = async () => {
      throw new TypeError("fetch failed", { cause });
    };
    const error = await toFailure(open("https://127.0.0.1:9/v1", { fetch }).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toMatch(/self-signed certificate; .*NODE_EXTRA_CA_CERTS/);
  });

  it.each<[string, Answer]>([
    ["finds nothing", [405, { detail: "Method Not Allowed" }]],
    ["finds a page", [200, "<html>Welcome</html>"]],
  ])("behind a redirect that %s is told where it leads", async (_, answer) => {
    const other = await serve(() => answer);
    const { url } = await serve(({ url: path }) => [
      302,
      "",
      { location: `${new URL(other.url).origin}${path}` },
    ]);
    const error = await toFailure(open(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain(`it redirects to ${other.url}/chat/completions: expected`);
  });
});

describe("an empty reply says why", () => {
  it.each<[string, object, object, string]>([
    [
      "thoughts that were cut",
      { content: "", reasoning_content: "hm" },
      { finish_reason: "length" },
      "5 tokens, all of them reasoning: raise --max-tokens",
    ],
    [
      "thoughts up to the limit",
      { content: "", reasoning: "hm" },
      { finish_reason: "stop" },
      "5 tokens, all of them reasoning",
    ],
    ["a call of before", { content: null, function_call: {} }, {}, "tool calls in place of text"],
    ["thoughts", { content: null, reasoning: "hm" }, {}, "5 tokens, all of them reasoning"],
    ["tool calls", { content: null, tool_calls: [{}] }, {}, "tool calls in place of text"],
    ["nothing", { content: "" }, {}, "5 tokens, none of them text"],
  ])("%s", async (_, said, more, why) => {
    const { url } = await serve(() => saying({ message: said, ...more }));
    expect((await open(url).chat(toRequest(1))).empty).toBe(why);
  });
});

describe("a run with a server that answers in every way", () => {
  it("brings all examples; each 200 is a line of the journal or was tried again", async () => {
    const folder = tempFolder();
    let served = 0;
    let failed = 0;
    const { asked, url } = await serve(({ n, body }) => {
      expect(body.stream).toBe(false);
      if (n % 40 === 7) return [429, { error: { message: "slow" } }, { "retry-after-ms": "1" }];
      served += 1;
      const toExample = (i: number, number = `${n * 5 + i}`) => ({
        Options: ["wahr", "für falsch"],
        Answer: i % 2 === 0 ? "wahr" : "für falsch",
        Question: `Is number ${number} or ${(n * 7919) % 10_007} written in the ${i}th field?`,
      });
      const five = [0, 1, 2, 3, 4];
      const said = JSON.stringify(five.map((i) => toExample(i)));
      const kinds: (() => Answer)[] = [
        () => writing({ content: said }),
        () =>
          writing({
            content: [
              { type: "thinking", thinking: "x" },
              { type: "text", text: said },
            ],
          }),
        () => [200, JSON.stringify({ ...whole, choices: [{ text: said }], model: null })],
        () => saying({ finish_reason: "content_filter" }),
        () => [
          200,
          {
            ...whole,
            choices: [{ message: { content: said } }],
            usage: { ...usage, total_tokens: 9000 },
          },
        ],
        () => {
          failed += 1;
          return saying({ finish_reason: "error", message: { content: "" } });
        },
        () => writing({ content: said.replaceAll("number ", "$\\frac{1}{2} \\cdot \\theta$ or ") }),
        () => writing({ content: said.replaceAll('"', "'").replaceAll("the ", "the cats' ") }),
        () => writing({ content: said.normalize("NFD") }),
        () => writing({ content: `[THINK]${said.slice(0, 60)}[/THINK]${said}` }),
        () =>
          writing({ content: said.replaceAll('["wahr","für falsch"]', '["für falsch","wahr"]') }),
        () => writing({ content: said.replaceAll('"Answer":"für falsch"', '"**Answer**":"(b)"') }),
      ];
      return (kinds[n % kinds.length] as () => Answer)();
    });
    const creation = createExamples({
      example: { question: "Is it?", context: null, options: ["wahr", "für falsch"], label: 0 },
      target: 900,
      setting: "random",
      chains: 16,
      concurrency: 16,
      folder,
      chat: open(url).chat,
    });
    const kept: string[] = [];
    for await (const { example } of creation) kept.push(example.question);
    expect(kept).toHaveLength(900);
    expect(asked.length).toBeGreaterThan(200);
    const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").trim().split("\n");
    expect(served).toBe(lines.length + failed);
    for (const word of ["$\\frac{1}{2} \\cdot \\theta$", "the cats' "])
      expect(kept.some((question) => question.includes(word))).toBe(true);
    expect(Object.keys(creation.state.rejections)).toEqual(["refused"]);
  });
});
