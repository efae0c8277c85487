import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, ExpectedError, readExamples } from "@seedling/core";
import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Chat,
  type ChatRequest,
  type CreatedExample,
  type CreateExamplesOptions,
  createExamples,
  openChat,
} from "../src/index.ts";
import { smallEncoder } from "./run-creator.ts";

/** Four intents: the options are the topics that a message is about. */
const example: Example = {
  question: "My card was charged twice.",
  context: null,
  options: ["billing", "delivery", "account", "other"],
  label: 0,
};

const answer = (text: string) => ({
  text,
  finishReason: "stop",
  refusal: null,
  usage: { promptTokens: 10, completionTokens: 5 },
  model: "fake",
  ms: 1,
  at: "2026-01-01T00:00:00.000Z",
  adapted: [],
});

/** A language model of a stranger's: five new messages a reply. */
function toFake() {
  const asked: ChatRequest[] = [];
  const chat: Chat = async (request) => {
    asked.push(request);
    const messages = Array.from({ length: 5 }, (_, i) =>
      JSON.stringify({
        Question: `Message ${request.key.slice(0, 8)} ${i}`,
        Options: example.options,
        Answer: example.options[i % 4],
      }),
    );
    return answer(`[${messages.join(", ")}]`);
  };
  return { asked, chat };
}

async function collect(options: CreateExamplesOptions): Promise<CreatedExample[]> {
  const created: CreatedExample[] = [];
  for await (const one of createExamples(options)) created.push(one);
  return created;
}

describe("createExamples with any chat", () => {
  it("creates labelled examples of the given form, each with its origin, and writes nothing", async () => {
    const { asked, chat } = toFake();
    const created = await collect({ example, target: 12, chat });
    expect(created).toHaveLength(12);
    expect(created[0]).toMatchObject({
      example: { context: null, options: example.options, label: 0 },
      lineage: { request: 0, key: asked[0]?.key, parent: null, depth: 1, chain: 0 },
    });
    expect(created[5]?.lineage).toMatchObject({ request: 1, parent: 0, depth: 2 });
    const questions = created.map(({ example }) => example.question);
    expect(new Set(questions).size).toBe(12);
    expect(asked[0]?.messages[0]?.content).toContain("Write a JSON array of exactly 5 new objects");
  });

  it("creates the same at any concurrency, other examples by another seed or setting", async () => {
    const create = (more: Partial<CreateExamplesOptions>) =>
      collect({ example, target: 30, chat: toFake().chat, ...more });
    const one = await create({ concurrency: 1 });
    expect(await create({ concurrency: 16 })).toEqual(one);
    expect(await create({ seed: 2 })).not.toEqual(one);
    expect(await create({ setting: "naive" })).not.toEqual(one);
  });

  it("begins when it is iterated, tells how far it is, and is iterated once", async () => {
    const { asked, chat } = toFake();
    let calls = 0;
    const progress = () => {
      calls += 1;
    };
    const creation = createExamples({ example, target: 7, chat, progress });
    expect(asked).toHaveLength(0);
    for await (const _ of creation);
    expect(creation.state.funnel).toMatchObject({ completions: 2, kept: 7 });
    expect(calls).toBe(2);
    expect(creation.kept.map(({ lineage }) => lineage.depth)).toEqual([1, 1, 1, 1, 1, 2, 2]);
    expect(creation.hashFiles()).toEqual({});
    expect(() => creation[Symbol.asyncIterator]()).toThrow("a creation can be iterated once");
  });

  it("stops asking when it is left, or when its signal is aborted", async () => {
    const left = toFake();
    for await (const _ of createExamples({ example, target: 500, chat: left.chat, concurrency: 1 }))
      break;
    const { length } = left.asked;
    expect(length).toBeLessThan(5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(left.asked).toHaveLength(length);

    const { asked, chat } = toFake();
    const aborter = new AbortController();
    const { signal } = aborter;
    let seen = 0;
    const aborted = async () => {
      for await (const _ of createExamples({ example, target: 500, chat, signal }))
        if (++seen === 6) aborter.abort(new Error("no more money"));
    };
    await expect(aborted()).rejects.toThrow("no more money");
    expect(asked.length).toBeLessThan(100);
  });

  it("throws what the chat throws, after what came before it", async () => {
    const { chat } = toFake();
    let calls = 0;
    const failing: Chat = async (request) => {
      if (++calls === 3) throw new Error("no luck");
      return chat(request);
    };
    const created: CreatedExample[] = [];
    const run = async () => {
      for await (const one of createExamples({
        example,
        target: 50,
        chat: failing,
        setting: "random",
      }))
        created.push(one);
    };
    await expect(run()).rejects.toThrow("no luck");
    expect(created).toHaveLength(10);
  });

  it("keeps a failure until whoever iterates comes to it", async () => {
    const { asked, chat } = toFake();
    const failing: Chat = async (request) => {
      if (asked.length === 2) throw new Error("the server is gone");
      return chat(request);
    };
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    onTestFinished(() => void process.off("unhandledRejection", listen));
    const seen: CreatedExample[] = [];
    const iterate = async () => {
      for await (const one of createExamples({
        example,
        target: 40,
        chat: failing,
        concurrency: 1,
      })) {
        seen.push(one);
        await new Promise((passed) => setTimeout(passed, 1));
      }
    };
    await expect(iterate()).rejects.toThrow("the server is gone");
    expect(seen).toHaveLength(10);
    expect(unhandled).toEqual([]);
  });

  it("throws where it gives up, unless fewer will do", async () => {
    const chat: Chat = async () => answer("I cannot help with that.");
    await expect(collect({ example, target: 5, chat, patience: 3 })).rejects.toThrow(
      new ExpectedError(
        '3 replies in a row with nothing kept, 0 of 5 examples so far (rejected: 3 no JSON; the last, no JSON: "I cannot help with that.")',
      ),
    );
    expect(await collect({ example, target: 5, chat, patience: 3, allowShort: true })).toEqual([]);
  });

  it.each([
    [{ target: 0 }, "target: expected a whole number from 1, got 0"],
    [{ target: 1.5 }, "target: expected a whole number from 1, got 1.5"],
    [{ perRequest: 0 }, "perRequest: expected a whole number from 1, got 0"],
    [{ chains: -1 }, "chains: expected a whole number from 1, got -1"],
    [{ concurrency: 0 }, "concurrency: expected a number from 1, got 0"],
    [{ concurrency: Number.NaN }, "concurrency: expected a number from 1, got NaN"],
    [{ verify: { times: 0 } }, "verify.times: expected a whole number from 1, got 0"],
    [{ patience: Number.NaN }, "patience: expected a whole number from 1, got NaN"],
    [
      { example: { ...example, label: 4 } },
      "example.label: expected an index into its 4 options, got 4",
    ],
  ])("refuses options without a meaning: %j", (more, message) => {
    const { chat } = toFake();
    expect(() => createExamples({ example, target: 5, chat, ...more })).toThrow(
      new RangeError(message),
    );
  });

  it("rejects by the checks, compares with what is evaluated on, and checks labels", async () => {
    const { asked, chat } = toFake();
    const leaked: Chat = async (request) => {
      if (
        request.messages[1]?.content.startsWith('{\n"Question"') &&
        !request.messages[1].content.includes('"Answer"')
      )
        return answer('{"answer": "billing"}');
      const completion = await chat(request);
      return {
        ...completion,
        text: completion.text.replace(/Message \w+ 1/, "Where is my parcel?"),
      };
    };
    const evaluated = [
      {
        task: "mine",
        split: "test" as const,
        examples: [{ ...example, question: "where is my parcel" }],
      },
    ];
    const creation = createExamples({
      example,
      target: 4,
      chat: leaked,
      evaluated,
      reject: ["contaminated"],
      verify: { times: 2, minAgreement: 1 },
    });
    const created: CreatedExample[] = [];
    for await (const one of creation) created.push(one);
    for (const { example, lineage } of created) {
      expect(example.label).toBe(0);
      expect(lineage.agreement).toMatchObject({ asked: 2, agreed: 2, share: 1 });
    }
    expect(creation.state.rejections.contaminated).toBeGreaterThan(0);
    expect(creation.state.rejections["too little agreement"]).toBeGreaterThan(0);
    expect(creation.state.checking.replies).toBeGreaterThan(8);
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe("createExamples with an encoder", () => {
  it("rejects what is too close by cosine to what it kept, and counts what is to what is evaluated on", async () => {
    const questions = [
      "Where is my parcel?",
      "How do I reset my password?",
      "Where is my parcel now?",
      "I was charged twice for one order.",
    ];
    const chat: Chat = async () =>
      answer(
        questions
          .map((Question) =>
            JSON.stringify({ Question, Options: example.options, Answer: "other" }),
          )
          .join("\n"),
      );
    const logged: string[] = [];
    const creation = createExamples({
      example,
      target: 3,
      chat,
      reject: ["near-duplicate"],
      nearOverlap: 1,
      nearCosine: 0.9,
      similarityEncoder: "use-lite",
      evaluated: [
        {
          task: "mine",
          split: "test",
          examples: [{ ...example, question: "How do I reset the password?" }],
        },
      ],
      log: (line) => logged.push(line),
    });
    const created: CreatedExample[] = [];
    for await (const one of creation) created.push(one);
    expect(created.map(({ example }) => example.question)).toEqual([
      questions[0],
      questions[1],
      questions[3],
    ]);
    expect(creation.state.rejections).toEqual({ "near duplicate": 1 });
    expect(creation.state.lastRejection).toMatchObject({ closeTo: { created: 0 } });
    expect(created[1]?.lineage.closeTo).toMatchObject({ task: "mine", split: "test", row: 0 });
    expect(creation.state.contaminated).toBe(1);
    expect(logged).toEqual(["  encoding 1 dev and test questions to compare by cosine"]);
  });
});

describe("createExamples with an encoder that cannot be had", () => {
  it.each([
    ["diverse", {}],
    ["naive", { reject: ["near-duplicate"], nearCosine: 0.9 }],
  ] as const)("fails before it asks: %s %j", async (setting, more) => {
    const { asked, chat } = toFake();
    const env = { HF_ENDPOINT: "mirror" };
    const hub = { similarityEncoder: "no/such", cache: tempFolder(), env };
    const options = { example, target: 12, chat, setting, ...more, ...hub };
    await expect(collect(options)).rejects.toThrow("HF_ENDPOINT: expected a URL");
    expect(asked).toEqual([]);
  });
});

it("createExamples says how its encoder reads, and no flag, as none reaches it", async () => {
  const similarityEncoder = join(smallEncoder, "../e5-small");
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  await collect({
    example,
    target: 6,
    chat: toFake().chat,
    setting: "diverse",
    similarityEncoder,
    log,
  });
  expect(logged).toEqual(["encoder e5-small: mean pooling, 48 tokens"]);
});

describe("createExamples with a folder of vectors", () => {
  it("encodes no question twice when it goes on", async () => {
    const vectorCache = tempFolder();
    const list = () => readdirSync(vectorCache, { recursive: true });
    const { chat } = toFake();
    const options = { example, target: 12, chat, setting: "diverse", vectorCache } as const;
    const once = await collect({ ...options, similarityEncoder: smallEncoder });
    const written = list();
    // A folder, and the file of the one process that encoded.
    expect(written).toHaveLength(2);
    expect(await collect({ ...options, similarityEncoder: smallEncoder })).toEqual(once);
    expect(list()).toEqual(written);
  });
});

describe("createExamples in a folder", () => {
  it("writes its files and its journal, and goes on where it was stopped", async () => {
    const folder = join(tempFolder(), "creation");
    const { asked, chat } = toFake();
    let calls = 0;
    const failing: Chat = async (request) => {
      if (++calls > 3) throw new Error("out of credit");
      return chat(request);
    };
    const options: CreateExamplesOptions = { example, target: 40, chat: failing, folder };
    await expect(collect(options)).rejects.toThrow("out of credit");
    expect(asked).toHaveLength(3);

    const creation = createExamples({ ...options, chat });
    const created: CreatedExample[] = [];
    for await (const one of creation) created.push(one);
    expect(asked).toHaveLength(8);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(8);
    expect(readdirSync(folder).sort()).toEqual([
      "created.jsonl",
      "journal.jsonl",
      "lineage.jsonl",
      "rejected.jsonl",
    ]);
    expect(await readExamples(join(folder, "created.jsonl"))).toEqual(
      created.map(({ example }) => example),
    );
    const lineages = readFileSync(join(folder, "lineage.jsonl"), "utf8").trim().split("\n");
    expect(lineages.map((line) => JSON.parse(line))).toEqual(created.map(({ lineage }) => lineage));
    expect(Object.keys(creation.hashFiles()).sort()).toEqual([
      "created.jsonl",
      "lineage.jsonl",
      "rejected.jsonl",
    ]);
    expect(await collect({ example, target: 40, chat: toFake().chat })).toEqual(created);
  });

  it("keeps no journal for a chat that has its own", async () => {
    const folder = tempFolder();
    await collect({ example, target: 5, chat: toFake().chat, folder, journal: false });
    expect(existsSync(join(folder, "created.jsonl"))).toBe(true);
    expect(existsSync(join(folder, "journal.jsonl"))).toBe(false);
  });

  it("says where nothing can be written", async () => {
    const file = join(tempFolder({ taken: "" }), "taken");
    await expect(
      collect({ example, target: 5, chat: toFake().chat, folder: file }),
    ).rejects.toThrow(`cannot write in ${file}: `);
  });
});

describe("createExamples with a server", () => {
  const shown: Example = {
    question: "Is the sea salty?",
    context: "Sea water holds salt.",
    options: ["True", "False"],
    label: 0,
  };

  it("asks the model at its URL with the key, and checks labels with the same limit", async () => {
    const server = await openOpenaiServer({ key: "sk-test" });
    onTestFinished(() => server.close());
    const { url: baseURL } = server;
    const created = await collect({
      example: shown,
      target: 10,
      chat: { baseURL, apiKey: "sk-test", model: "test-model" },
      parameters: { temperature: 0.5 },
      verify: { times: 1 },
    });
    expect(created).toHaveLength(10);
    expect(server.asked[0]?.body).toMatchObject({ model: "test-model", temperature: 0.5 });
    const limits = server.asked.map(({ body }) => body.max_tokens ?? body.max_completion_tokens);
    expect(new Set(limits)).toEqual(new Set([2048]));
    for (const { lineage } of created) expect(lineage.agreement?.asked).toBe(1);
  });

  it("creates what a chat with it creates", async () => {
    const server = await openOpenaiServer();
    onTestFinished(() => server.close());
    const model = "test-model";
    const options = { example: shown, target: 10 };
    const by = { baseURL: server.url, model };
    const chat = openChat(by);
    expect(await collect({ ...options, chat, parameters: { model } })).toEqual(
      await collect({ ...options, chat: by }),
    );
  });

  it("names the server that refuses the key, and not the key", async () => {
    const server = await openOpenaiServer({ key: "sk-right" });
    onTestFinished(() => server.close());
    const chat = { baseURL: server.url, apiKey: "sk-wrong-0123456789", model: "test-model" };
    const failed = collect({ example: shown, target: 10, chat });
    await expect(failed).rejects.toThrow(/401.*expected a valid key/);
    await expect(failed).rejects.not.toThrow("sk-wrong-0123456789");
  });
});

describe("several formatting examples", () => {
  const further = ["Where is my parcel?", "I cannot log in."].map((question, i) => ({
    ...example,
    ...{ question, label: i + 1 },
  }));
  const texts = [example, ...further].map(({ question }) => question);
  /** What each request shows: a formatting example by its number, or nothing of these. */
  const showns = (asked: readonly ChatRequest[]) =>
    asked.map(({ messages }) => texts.findIndex((text) => messages[1]?.content.includes(text)));

  it.each<[CreateExamplesOptions["setting"], number[]]>([
    ["naive", [0, 1, 2, 0, 1, 2]],
    ["tree", [0, 1, 2, -1, -1, -1]],
    ["random", [0, 1, 2, -1, -1, -1]],
  ])("are shown in turn by %s, the same at any concurrency", async (setting, expected) => {
    const made = [];
    for (const concurrency of [1, 16]) {
      const { asked, chat } = toFake();
      const options = { example, furtherExamples: further, setting, target: 30, chat, concurrency };
      made.push((await collect(options)).map(({ example: { question } }) => question));
      if (concurrency === 1) expect(showns(asked)).toEqual(expected);
    }
    expect(made[1]).toEqual(made[0]);
  });

  it("are none of what is kept", async () => {
    const reply = JSON.stringify({
      ...{ Options: example.options, Answer: "account", Question: "where is my  PARCEL?" },
    });
    const creation = createExamples({
      ...{ example, furtherExamples: further, target: 1, patience: 1, allowShort: true },
      chat: async () => answer(`[${reply}]`),
    });
    for await (const _ of creation);
    expect(creation.state.rejections).toEqual({ "copy of the formatting example": 1 });
  });
});
