import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { createExamples } from "../src/create/create-examples.ts";
import {
  type Answer,
  choice,
  good,
  openImpatient,
  saying,
  serve,
  usage,
  whole,
  writing,
} from "./any-server.ts";
import { toRequest } from "./server-chat.ts";

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
    expect((await openImpatient(url).chat(toRequest(1))).text).toBe("Hello");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body.stream).toBe(false);
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
    expect((await openImpatient(url).chat(toRequest(1))).empty).toBe(why);
  });
});

describe("a key that the server echoes", () => {
  const apiKey = "correct-horse-battery-staple";
  it.each<[string, Answer]>([
    ["in a form that cannot be read", [200, { hello: [apiKey] }]],
    ["in one that is cut where it is shown", [200, { hello: ["x".repeat(170), apiKey] }]],
    ["in its words", [400, { error: { message: `content policy: ${apiKey}` } }]],
    ["in its text", saying({ message: { content: `see ${apiKey}` } })],
    ["as why it ended", saying({ finish_reason: apiKey })],
    ["as a model's name", [200, { ...whole, model: `m-${apiKey}` }]],
  ])("stands in nothing that a journal keeps: %s", async (_, answer) => {
    const { url } = await serve(({ n }) => (n === 0 ? good : answer));
    const { chat, logged } = openImpatient(url, { apiKey });
    await chat(toRequest(1));
    expect(JSON.stringify([await chat(toRequest(2)), logged])).not.toContain(apiKey.slice(0, 12));
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
      chat: openImpatient(url).chat,
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
