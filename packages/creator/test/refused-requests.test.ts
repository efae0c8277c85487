import { describe, expect, it } from "vitest";
import { PermanentError, RetryableError } from "../src/llm/errors.ts";
import { type Answer, good, openImpatient, saying, serve, usage, whole } from "./any-server.ts";
import { toFailure, toRequest } from "./server-chat.ts";

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
    const { chat } = openImpatient(url);
    await chat(toRequest(1));
    const refused = await chat(toRequest(2));
    expect(refused).toMatchObject({ text: "", refused: expect.stringMatching(words) });
    expect(asked.length).toBe(refused.refused?.includes("SAFETY") ? 4 : 2);
  });

  it.each([401, 402, 403, 404, 405])("ends the run with %d", async (status) => {
    const { url } = await serve(({ n }) => (n === 0 ? good : [status, filtered]));
    const { chat } = openImpatient(url);
    await chat(toRequest(1));
    expect(await toFailure(chat)).toBeInstanceOf(PermanentError);
  });

  it("and answers again in a form that cannot be read is refused, once another was read", async () => {
    const { asked, url } = await serve(({ n }) => (n === 0 ? good : [200, { hello: [`${n}`] }]));
    const { chat } = openImpatient(url);
    await chat(toRequest(1));
    expect(await chat(toRequest(2))).toMatchObject({ text: "", refused: expect.any(String) });
    expect(asked).toHaveLength(3);
  });

  it("and answers all in a form that cannot be read ends the run with that form", async () => {
    const { asked, url } = await serve(({ n }) => [200, { hello: [`${n}`] }]);
    const error = await toFailure(openImpatient(url).chat);
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
    expect((await openImpatient(url).chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(2);
  });

  it("of a choice that is missing is tried three times, whatever --retries says", async () => {
    const { asked, url } = await serve(({ n }) =>
      n === 0 ? good : [200, { ...whole, choices: [], id: `${n}` }],
    );
    const { chat } = openImpatient(url, { retries: 0 });
    await chat(toRequest(1));
    expect(await chat(toRequest(2))).toHaveProperty("refused");
    expect(asked).toHaveLength(4);
  });

  it("ends as it says where it does not pass", async () => {
    const { url } = await serve(() => saying({ error: { code: 502, message: "Gone" } }));
    const error = await toFailure(openImpatient(url, { retries: 2 }).chat);
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
    const { chat, logged } = openImpatient(url, { concurrency: 4 });
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
      const { chat, logged } = openImpatient(url, { maxWait: 60_000, concurrency: 1 });
      for (const seed of [1, 2]) await chat(toRequest(seed));
      expect(logged).toEqual(["the server grants no request now: waiting 60 s"]);
    },
  );

  it("is waited for with a line while its model is loaded", async () => {
    const { asked, url } = await serve(({ n }) =>
      n < 9 ? [503, { error: { message: "Loading model", code: 503 } }] : good,
    );
    const { chat, logged } = openImpatient(url, { retries: 0 });
    expect((await chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(10);
    expect(logged).toEqual([
      `${url} answered 503 Loading model; waiting, at most 10 min (--max-wait)`,
    ]);
  });
});
