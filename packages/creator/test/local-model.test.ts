import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, repository, toMessage } from "@seedling/core/internal";
import { runScript } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../src/llm/chat.ts";
import { type LocalModelOptions, openLocalModel } from "../src/llm/local-model.ts";
import { type Nature, toLlamaModule } from "./llama-module.ts";

const parameters = { model: "tiny.gguf@01234567", temperature: 0.5, topP: 0.9, maxTokens: 64 };

function toRequest(seed: number, more: Partial<ChatRequest> = {}): ChatRequest {
  const messages = [
    { role: "system" as const, content: "Write." },
    { role: "user" as const, content: "One two" },
  ];
  return { messages, seed, key: `key ${seed}`, ...more };
}

function open(nature: Nature = {}, options: Partial<LocalModelOptions> = {}) {
  const { module, heard } = toLlamaModule(nature);
  const logged: string[] = [];
  let time = Date.parse("2026-01-01T00:00:00.000Z");
  const model = openLocalModel({
    file: "/models/tiny.gguf",
    concurrency: 2,
    load: async () => module,
    clock: { now: () => (time += 100), sleep: async () => {} },
    log: (line) => logged.push(line),
    ...options,
  });
  const chat = model.limits.wrap(model.chat(parameters));
  return { ...model, chat, model, heard, logged };
}

describe("a model in this process", () => {
  it("answers by its chat template, with the parameters as they are and no others", async () => {
    const { chat, heard, logged, close } = open();
    const completion = await chat(toRequest(7));
    expect(completion).toEqual({
      text: "7 <system> Write. <user> One two",
      finishReason: "stop",
      refusal: null,
      usage: { promptTokens: 5, completionTokens: 6 },
      model: "tiny.gguf@01234567",
      ms: 100,
      at: "2026-01-01T00:00:00.700Z",
      adapted: [],
    });
    const samplings = { topK: 0, minP: 0, repeatPenalty: false, maxTokens: 64 };
    expect(heard.samplings).toEqual([{ seed: 7, temperature: 0.5, topP: 0.9, ...samplings }]);
    expect(logged).toEqual([
      "tiny.gguf is in memory after 0.1 s, on the CPU: 2 requests at once, 2112 tokens each",
    ]);
    await close();
    expect(heard.calls).toEqual([
      'getLlama {"build":"never","logLevel":"error","maxThreads":0}',
      "loadModel /models/tiny.gguf",
      "createContext 2 x 2112",
      "clear 1",
      "dispose",
    ]);
  });

  it("is loaded once, for the longest of its chats, and only if anything is asked", async () => {
    const { model, heard, close } = open();
    await close();
    expect(heard.calls).toEqual([]);
    const other = { ...parameters, maxTokens: 500, temperature: 0 };
    const chats = [parameters, other, parameters].map((one) => model.limits.wrap(model.chat(one)));
    await Promise.all(chats.map((chat, seed) => chat(toRequest(seed))));
    expect(heard.calls.filter((call) => call.startsWith("createContext"))).toEqual([
      "createContext 2 x 2548",
    ]);
    expect(heard.samplings.map(({ temperature, maxTokens }) => [temperature, maxTokens])).toEqual([
      [0.5, 64],
      [0, 500],
      [0.5, 64],
    ]);
  });

  it("has the original's context, where a reply's limit is what the prompt leaves of it", async () => {
    const { model, heard } = open();
    const chat = model.limits.wrap(model.chat({ ...parameters, maxTokens: "original" }));
    await chat(toRequest(1));
    expect(heard.calls).toContain("createContext 2 x 4097");
    expect(heard.samplings[0]?.maxTokens).toBeGreaterThan(4000);
  });

  it("counts each reply's tokens, not those of the replies before", async () => {
    const { chat } = open({ reply: (_, { seed }) => "word ".repeat(seed).trim() });
    const used = [];
    for (const seed of [3, 5]) used.push((await chat(toRequest(seed))).usage?.completionTokens);
    expect(used).toEqual([3, 5]);
  });

  it("says where a reply was cut", async () => {
    const { chat } = open({ reply: () => "word ".repeat(100).trim() });
    const { finishReason, usage } = await chat(toRequest(1));
    expect({ finishReason, tokens: usage?.completionTokens }).toEqual({
      finishReason: "length",
      tokens: 64,
    });
  });

  it("leaves a long prompt less room for its reply, and says where there is none", async () => {
    const { chat, heard } = open({ contextSize: 20 });
    await chat(toRequest(1));
    expect(heard.samplings[0]?.maxTokens).toBe(14);
    const content = "word ".repeat(30).trim();
    const error = await chat(toRequest(2, { messages: [{ role: "user", content }] })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ExpectedError);
    expect(toMessage(error)).toBe("tiny.gguf: expected a prompt of 18 tokens at most, got 31");
  });

  it.each([
    [1, 1],
    [3, 3],
    [64, 8],
  ])(
    "answers with %i in flight %i at once, each from an empty context",
    async (concurrency, most) => {
      const { chat, heard } = open({}, { concurrency });
      const seeds = Array.from({ length: 20 }, (_, i) => i);
      const replies = await Promise.all(seeds.map((seed) => chat(toRequest(seed))));
      expect(replies.map(({ text }) => Number.parseInt(text, 10))).toEqual(seeds);
      expect(heard.mostAtOnce).toBe(most);
      expect(heard.samplings.map(({ seed }) => seed)).toEqual(seeds);
      expect(heard.calls.filter((call) => call.startsWith("clear"))).toHaveLength(20);
    },
  );

  it("goes on after a reply that failed", async () => {
    const reply = (_: string, { seed }: { seed: number }) => {
      if (seed === 1) throw new Error("no memory");
      return "fine";
    };
    const { chat } = open({ reply }, { concurrency: 1 });
    const ended = await Promise.allSettled([1, 2, 3].map((seed) => chat(toRequest(seed))));
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  });
});

describe("a schema", () => {
  const schema = { type: "object" };

  it("becomes a grammar, once", async () => {
    const { chat, heard } = open();
    for (const seed of [1, 2]) await chat(toRequest(seed, { schema: { ...schema } }));
    await chat(toRequest(3));
    expect(heard.calls.filter((call) => call.startsWith("grammar"))).toEqual([
      'grammar {"type":"object"}',
    ]);
    expect(heard.samplings.map(({ grammar }) => grammar)).toEqual([
      { of: schema },
      { of: schema },
      undefined,
    ]);
  });

  it("is left out with one line where no grammar can be made of it", async () => {
    const { chat, heard, logged } = open({ grammars: false });
    const replies = await Promise.all(
      [1, 2].map((seed) => chat(toRequest(seed, { schema: { ...schema } }))),
    );
    expect(replies.map(({ adapted }) => adapted)).toEqual([
      ["without a JSON schema"],
      ["without a JSON schema"],
    ]);
    expect(heard.samplings.every((sampling) => !("grammar" in sampling))).toBe(true);
    expect(logged.slice(1)).toEqual([
      "no grammar for this schema (Unsupported schema); going on without a JSON schema",
    ]);
  });
});

describe("a model that cannot be opened", () => {
  async function refused(load: LocalModelOptions["load"]): Promise<string> {
    const { chat, close } = open({}, { load });
    const error = await chat(toRequest(1)).catch((thrown: unknown) => thrown);
    await close();
    expect(error).toBeInstanceOf(ExpectedError);
    return toMessage(error);
  }

  const installed = existsSync(join(repository, "node_modules/node-llama-cpp"));

  // In a process of its own: inside vitest an optional peer that is missing resolves to a stand-in.
  it.skipIf(installed)("says how to install the library, which npm ci leaves out", async () => {
    const script = `
      import { loadLlama } from "../src/llm/llama.ts";
      import { openLocalModel } from "../src/llm/local-model.ts";
      await openLocalModel({ file: "/models/tiny.gguf", load: loadLlama, clock: { now: Date.now } })
        .chat({ maxTokens: 64 })({ messages: [] })
        .catch((error) => console.log(error.name, error.message));`;
    expect((await runScript(script, import.meta.dirname)).out).toBe(
      "ExpectedError expected node-llama-cpp for /models/tiny.gguf: npm install --no-save node-llama-cpp@3 (725 MB)\n",
    );
  });

  it("passes on why the library or the file does not load", async () => {
    const { module } = toLlamaModule();
    const broken = { ...module, getLlama: () => Promise.reject(new Error("no binary")) };
    expect(await refused(async () => broken)).toBe("cannot load /models/tiny.gguf: no binary");
    expect(await refused(() => Promise.reject(new Error("bad ELF")))).toBe(
      "node-llama-cpp cannot be loaded: bad ELF",
    );
  });
});
