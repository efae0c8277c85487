import { describe, expect, it } from "vitest";
import { createExamples } from "../src/create/create-examples.ts";
import { PermanentError } from "../src/llm/errors.ts";
import { type Answer, good, openImpatient, serve } from "./any-server.ts";
import { toFailure, toRequest } from "./server-chat.ts";

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
    const { chat, logged } = openImpatient(url);
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
    const error = await toFailure(openImpatient(url).chat);
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
      body.messages[0]?.role === "system" ? [500, { error: { message: said } }] : good,
    );
    const { chat } = openImpatient(url);
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
    expect((await openImpatient(url).chat(toRequest(1))).adapted).toEqual([]);
  });

  it("leaves the system role where it is not named", async () => {
    const { asked, url } = await serve(({ n }) =>
      n === 0 ? [500, { error: { message: "System overloaded, contact support" } }] : good,
    );
    expect((await openImpatient(url).chat(toRequest(1))).adapted).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it("is not waited for in a creation that is told so", async () => {
    const { asked, url } = await serve(() => good);
    const creation = createExamples({
      example: { question: "Is it?", context: null, options: ["True", "False"], label: 0 },
      target: 1,
      patience: 1,
      allowShort: true,
      chat: { baseURL: url, model: "m", joinInstruction: true },
    });
    for await (const _ of creation);
    expect(asked[0]?.body.messages).toHaveLength(1);
  });

  it("is not waited for with joinInstruction", async () => {
    const { asked, url } = await serve(() => good);
    await openImpatient(url, { joinInstruction: true }).chat(toRequest(1));
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
    await openImpatient(url, { temperature, topP }).chat(toRequest(1));
    expect(asked.at(-1)?.body).not.toHaveProperty(left);
  });

  it.each([
    "max_tokens is too large: 9000. This model supports at most 4096 completion tokens",
    "max_completion_tokens must be less than or equal to 8192",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
    "Range of max_tokens should be [1, 1024]",
  ])("about the limit names its flag: %s", async (said) => {
    const { asked, url } = await serve(() => [400, { error: { message: said } }]);
    const error = await toFailure(openImpatient(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain("expected a smaller --max-tokens");
    expect(asked).toHaveLength(1);
  });
});

describe("a base URL", () => {
  it("keeps its query, and then the key stands where Azure looks for it", async () => {
    const { asked, url } = await serve(() => good);
    await openImpatient(`${url}/deployments/d?api-version=2026-01-01`, { apiKey: "k-123456" }).chat(
      toRequest(1),
    );
    expect(asked[0]).toMatchObject({
      url: "/v1/deployments/d/chat/completions?api-version=2026-01-01",
      headers: { "api-key": "k-123456", authorization: "Bearer k-123456" },
    });
  });

  it("stands in messages with its query, whose values alone are hidden", async () => {
    const { url } = await serve(() => [404, { detail: "no /v1?sig=abc&api-version=1 here" }]);
    const given = `${new URL(url).origin}?sig=abc&api-version=1`;
    const shown = `${new URL(url).origin}?sig=[key removed]&api-version=1`;
    expect((await toFailure(openImpatient(given).chat)).message).toBe(
      `${shown} answered 404 no /v1?sig=[key removed]&api-version=1 here; expected a path in OPENAI_BASE_URL, such as ${shown.replace("?", "/v1?")}`,
    );
  });

  it("without a path is told so where nothing is found", async () => {
    const { url } = await serve(() => [404, { detail: "Not Found" }]);
    const { origin } = new URL(url);
    const error = await toFailure(openImpatient(origin).chat);
    expect(error.message).toContain(`expected a path in OPENAI_BASE_URL, such as ${origin}/v1`);
  });

  it("of a server whose certificate is not trusted is told how to trust it", async () => {
    const cause = Object.assign(new Error("self-signed certificate"), {
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    const fetch = async () => {
      throw new TypeError("fetch failed", { cause });
    };
    const error = await toFailure(openImpatient("https://127.0.0.1:9/v1", { fetch }).chat);
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
    const error = await toFailure(openImpatient(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain(`the server moved to ${other.url}/chat/completions: expected`);
  });
});
