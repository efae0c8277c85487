import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError, hashValue, repository, toMessage } from "@seedling/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BatchOptions, openBatchChat } from "../src/ask/batch/batch-chat.ts";
import { batchFile, hasOpenBatch } from "../src/ask/batch/batch-log.ts";
import { BatchPending } from "../src/ask/batch/batch-pending.ts";
import type { BatchLimits } from "../src/ask/batch/batch-submit.ts";
import type { ChatRequest, Completion } from "../src/ask/chat.ts";
import { openJournal, withJournal } from "../src/ask/journal.ts";
import { openChat } from "../src/ask/open-chat.ts";
import { Declined } from "../src/ask/retries.ts";
import { renderOwn } from "../src/show/instruction.ts";
import { renderShown } from "../src/show/prompt.ts";
import { type BatchServer, type BatchServerOptions, openBatchServer } from "./batch-server.ts";
import { openOpenaiServer } from "./openai-server.ts";
import { closed } from "./shapes.ts";
import { toTemporary } from "./temporary.ts";

const parameters = { model: "test-model", temperature: 1, topP: 1, maxTokens: 256 };
const clock = { now: Date.now, sleep: (ms: number) => sleep(Math.min(ms, 20)) };

/** Requests that differ by their seed alone, as those of one asking after the other. */
function toRequests(count: number, model = parameters.model): ChatRequest[] {
  const messages: ChatRequest["messages"] = [
    { role: "system", content: renderOwn("fixed", 5) },
    { role: "user", content: renderShown(closed.formatting, closed.options) },
  ];
  return Array.from({ length: count }, (_, seed) => ({
    messages,
    seed,
    key: hashValue({ ...parameters, model, messages, seed }),
  }));
}

async function serve(options: BatchServerOptions = {}): Promise<BatchServer> {
  const server = await openBatchServer(options);
  onTestFinished(server.close);
  return server;
}

/** What one invocation of the command came to. */
interface Invocation {
  /** By key. */
  replies: Map<string, Completion>;
  errors: unknown[];
  notices: string[];
  spent: { promptTokens: number; completionTokens: number };
}

/** One invocation: opens everything anew and asks, as a creation does that starts or goes on. */
async function invoke(
  server: BatchServer,
  folder: string,
  requests: readonly ChatRequest[],
  more: Partial<BatchOptions> = {},
): Promise<Invocation> {
  const notices: string[] = [];
  const notice = (line: string) => void notices.push(line);
  const journal = openJournal(join(folder, "journal.jsonl"), notice);
  try {
    const { chat, spent } = await openBatchChat({
      folder,
      journal,
      endpoint: { baseUrl: server.url, official: false, apiKey: null },
      timeout: 5,
      retries: 2,
      fetch,
      clock,
      notice,
      quiet: 20,
      ...more,
    });
    const asking = withJournal(chat(parameters), journal, []);
    const ended = await Promise.allSettled(requests.map(asking));
    const replies = ended.flatMap((one, i): [string, Completion][] =>
      one.status === "fulfilled" ? [[(requests[i] as ChatRequest).key, one.value]] : [],
    );
    const errors = ended.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    return { replies: new Map(replies), errors, notices, spent };
  } finally {
    journal.close();
  }
}

/** What every error of an invocation says, where they all say one thing. */
function toSaid({ errors }: Invocation): string {
  const said = new Set(errors.map(toMessage));
  expect(said.size).toBe(1);
  return [...said][0] as string;
}

async function fail(asking: Promise<unknown>): Promise<string> {
  const error = await asking.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return toMessage(error);
}

describe("asking by batches", () => {
  it("submits and leaves, and collects what asking directly brings", async () => {
    const server = await serve();
    const folder = toTemporary();
    const requests = toRequests(12);
    const first = await invoke(server, folder, requests);
    expect(first.errors).toHaveLength(12);
    expect(first.errors.every((error) => error instanceof BatchPending)).toBe(true);
    expect(toSaid(first)).toMatch(
      /^batch batch_0 of 12 requests submitted at 20.*Z; the same command collects it$/,
    );
    expect(server.batches.map(({ lines }) => lines.map((line) => line.custom_id))).toEqual([
      requests.map(({ key }) => key),
    ]);
    expect(JSON.parse(server.batches[0]?.input.split("\n")[0] ?? "")).toEqual({
      custom_id: requests[0]?.key,
      method: "POST",
      url: "/v1/chat/completions",
      body: {
        model: "test-model",
        messages: requests[0]?.messages,
        seed: 0,
        top_p: 1,
        temperature: 1,
        max_tokens: 256,
      },
    });

    server.work(5);
    const second = await invoke(server, folder, requests);
    expect([first, second].map(({ errors: [error] }) => (error as BatchPending).unbilled)).toEqual([
      false,
      true,
    ]);
    expect(toSaid(second)).toBe(
      "batch batch_0: in progress, 5 of 12 done; the same command collects it",
    );

    server.end();
    const third = await invoke(server, folder, requests);
    expect(third.notices).toEqual(["batch batch_0: completed, 12 of 12 replies collected"]);
    expect(third.replies.size).toBe(12);
    expect(server.submissions).toBe(1);

    const direct = await openOpenaiServer();
    onTestFinished(direct.close);
    const chat = openChat({
      endpoint: { baseUrl: direct.url, official: false, apiKey: null },
      parameters,
      timeout: 5,
      fetch,
      now: Date.now,
      notice: () => {},
      observe: () => {},
    });
    for (const request of requests) {
      const { ms: _, at: __, ...asked } = await chat(request);
      expect(third.replies.get(request.key)).toEqual({
        ...asked,
        ms: 0,
        at: "2030-03-17T17:56:40.000Z",
      });
    }
  });

  it("asks nothing anew that is in the journal", async () => {
    const server = await serve();
    const folder = toTemporary();
    await invoke(server, folder, toRequests(3));
    server.end();
    await invoke(server, folder, toRequests(5));
    expect(server.batches[1]?.lines.map(({ body }) => body.seed)).toEqual([3, 4]);
    server.end();
    const asked = server.asked.length;
    const last = await invoke(server, folder, toRequests(5));
    expect(last.replies.size).toBe(5);
    // One look at the second batch and its output; nothing about the first.
    expect(server.asked.slice(asked)).toEqual([
      "GET /v1/batches/batch_1",
      "GET /v1/files/file-out-batch_1/content",
    ]);
  });

  it("makes one wave of what is asked until nothing more comes", async () => {
    const server = await serve();
    const folder = toTemporary();
    const journal = openJournal(join(folder, "journal.jsonl"), () => {});
    onTestFinished(journal.close);
    const endpoint = { baseUrl: server.url, official: false, apiKey: null };
    const { chat } = await openBatchChat({
      ...{ folder, journal, endpoint, timeout: 5, retries: 0, fetch, notice: () => {} },
      clock: { now: Date.now, sleep },
      quiet: 200,
    });
    const asking = toRequests(4).map(async (request, i) => {
      await sleep(i * 40);
      return chat(parameters)(request);
    });
    expect((await Promise.allSettled(asking)).map(({ status }) => status)).toEqual(
      Array(4).fill("rejected"),
    );
    expect(server.batches.map(({ lines }) => lines.length)).toEqual([4]);
    await expect(chat(parameters)({ ...(toRequests(5)[4] as ChatRequest) })).rejects.toThrow(
      BatchPending,
    );
    expect(server.submissions).toBe(1);
  });

  it("splits a wave that is too large, and has a batch for each model", async () => {
    const server = await serve();
    const folder = toTemporary();
    const requests = toRequests(5);
    const bytes = Buffer.byteLength(JSON.stringify(requests[0]));
    const by = async (most: BatchLimits) => {
      server.batches.length = 0;
      const said = toSaid(await invoke(server, toTemporary(), requests, { most }));
      expect(said).toMatch(/; the same command collects them$/);
      return server.batches.map(({ lines }) => lines.length);
    };
    expect(await by({ requests: 2, bytes: 1e9 })).toEqual([2, 2, 1]);
    expect(await by({ requests: 100, bytes: bytes * 3 })).toEqual([2, 2, 1]);

    const waiting = await openBatchChat({
      ...{ folder, journal: { append: () => {} }, timeout: 5, retries: 0, fetch, clock, quiet: 20 },
      endpoint: { baseUrl: server.url, official: false, apiKey: null },
      notice: () => {},
    });
    server.batches.length = 0;
    const judge = { ...parameters, model: "judge" };
    await Promise.allSettled([
      ...requests.map(waiting.chat(parameters)),
      ...toRequests(2, "judge").map(waiting.chat(judge)),
    ]);
    expect(server.batches.map(({ lines }) => lines.map(({ body }) => body.model))).toEqual([
      Array(5).fill("test-model"),
      Array(2).fill("judge"),
    ]);
  });

  it("counts what is out at worst, and what came as it was counted", async () => {
    const server = await serve();
    const folder = toTemporary();
    const requests = toRequests(4);
    const { spent: nothing } = await invoke(server, folder, requests);
    expect(nothing).toEqual({ promptTokens: 0, completionTokens: 0 });
    const text = requests[0]?.messages.map(({ content }) => content).join("") ?? "";
    const { spent: atWorst } = await invoke(server, folder, requests);
    expect(atWorst).toEqual({
      promptTokens: 4 * (Buffer.byteLength(text) + 32),
      completionTokens: 4 * 256,
    });
    server.end();
    const { spent, replies } = await invoke(server, folder, requests);
    const usages = [...replies.values()].map(({ usage }) => usage);
    expect(spent).toEqual({
      promptTokens: 4 * Math.ceil(text.length / 4),
      completionTokens: usages.reduce((sum, usage) => sum + (usage?.completionTokens ?? 0), 0),
    });
  });

  it("leaves a batch at worst whose replies the server did not all count", async () => {
    const server = await serve({ fate: (key) => (key < "8" ? "uncounted" : "reply") });
    const folder = toTemporary();
    const requests = toRequests(8);
    await invoke(server, folder, requests);
    const { spent } = await invoke(server, folder, requests);
    server.end();
    const last = await invoke(server, folder, requests);
    expect(last.replies.size).toBe(8);
    expect(last.spent).toEqual(spent);
  });
});

describe("replies that do not come", () => {
  it("are asked for again, and those that came are kept", async () => {
    const fates = ["429", "broken", "none"] as const;
    const server = await serve({
      fate: (key, n) => fates[n === 0 ? Number.parseInt(key.slice(0, 2), 16) % 5 : 9] ?? "reply",
    });
    const folder = toTemporary();
    const requests = toRequests(20);
    await invoke(server, folder, requests);
    server.end();
    const second = await invoke(server, folder, requests);
    const missing = requests.filter(({ key }) => Number.parseInt(key.slice(0, 2), 16) % 5 < 3);
    expect(missing.length).toBeGreaterThan(3);
    expect(second.replies.size).toBe(20 - missing.length);
    expect(second.notices).toEqual([
      expect.stringContaining(
        `batch batch_0: completed, ${20 - missing.length} of 20 replies collected, ${missing.length} missing (`,
      ),
    ]);
    expect(server.batches[1]?.lines.map(({ custom_id }) => custom_id)).toEqual(
      missing.map(({ key }) => key),
    );
    server.end();
    const third = await invoke(server, folder, requests);
    expect(third.replies.size).toBe(20);
    expect(readFileSync(join(folder, "journal.jsonl"), "utf8").trim().split("\n")).toHaveLength(20);
  });

  it.each(["expired", "cancelled"] as const)("of a batch that is %s neither", async (status) => {
    const server = await serve();
    const folder = toTemporary();
    await invoke(server, folder, toRequests(10));
    server.end(status, 7);
    const second = await invoke(server, folder, toRequests(10));
    expect(second.replies.size).toBe(7);
    expect(second.notices[0]).toContain(
      `batch batch_0: ${status}, 7 of 10 replies collected, 3 missing`,
    );
    expect(server.batches[1]?.lines.map(({ body }) => body.seed)).toEqual([7, 8, 9]);
  });

  it("of three waves in a row are an error, with the server's words", async () => {
    const server = await serve();
    const folder = toTemporary();
    for (const wave of [1, 2, 3]) {
      expect((await invoke(server, folder, toRequests(2))).errors[0]).toBeInstanceOf(BatchPending);
      expect(server.batches).toHaveLength(wave);
      server.end("failed");
    }
    expect(await fail(invoke(server, folder, toRequests(2)))).toBe(
      `the last 3 batches brought no reply; ${server.url} said: Enqueued token limit reached`,
    );
    // Whoever runs the command once more has perhaps mended it.
    expect((await invoke(server, folder, toRequests(2))).errors[0]).toBeInstanceOf(BatchPending);
    server.end();
    expect((await invoke(server, folder, toRequests(2))).replies.size).toBe(2);
  });

  it("since a parameter is refused are asked for without it", async () => {
    const server = await serve({ refusesSeed: true });
    const folder = toTemporary();
    const requests = toRequests(5);
    const most = { requests: 3, bytes: 1e9 };
    await invoke(server, folder, requests, { most });
    server.end();
    const second = await invoke(server, folder, requests, { most });
    expect(second.notices).toEqual([
      "the server refuses a parameter; going on without seed",
      "batch batch_0: completed, 0 of 3 replies collected, 3 missing (400 Unrecognized request argument supplied: seed)",
      "batch batch_1: completed, 0 of 2 replies collected, 2 missing",
    ]);
    expect(server.batches.slice(2).flatMap(({ lines }) => lines.map(({ body }) => body))).toEqual(
      requests.map(({ messages }) => expect.not.objectContaining({ messages, seed: 0 })),
    );
    expect(server.batches[2]?.input).not.toContain('"seed"');
    server.end();
    const third = await invoke(server, folder, requests, { most });
    expect([...third.replies.values()].map(({ adapted }) => adapted)).toEqual(
      Array(5).fill(["without seed"]),
    );
  });

  it("since the server takes such a request from nobody are an error, as when asking directly", async () => {
    const requests = toRequests(4);
    const bad = requests[2]?.key;
    const server = await serve({ fate: (key) => (key === bad ? "404" : "reply") });
    const folder = toTemporary();
    await invoke(server, folder, requests);
    server.end();
    const second = await invoke(server, folder, requests);
    expect(second.replies.size).toBe(3);
    expect(toSaid(second)).toBe(
      `${server.url} answered 404 The model \`test-model\` does not exist`,
    );
    expect(second.errors[0]).toBeInstanceOf(Declined);
    expect(server.submissions).toBe(1);
  });
});

describe("a submission that is cut off", () => {
  it.each([
    ["before it reached the server", "cut before", 2],
    ["after it did", "cut after", 1],
  ] as const)("%s is neither lost nor made twice", async (_, happens, submissions) => {
    const server = await serve({ submission: (n) => (n === 0 ? happens : "ok") });
    const folder = toTemporary();
    const first = await invoke(server, folder, toRequests(3), { retries: 0 });
    expect(first.errors[0]).toBeInstanceOf(ExpectedError);
    expect(hasOpenBatch(folder)).toBe(true);
    // Others' batches, of which a page of the list is full.
    for (let i = 0; i < 5; i++) await invoke(server, toTemporary(), toRequests(1));
    await invoke(server, folder, toRequests(3));
    expect(server.submissions).toBe(5 + submissions);
    server.end();
    const last = await invoke(server, folder, toRequests(3));
    expect(last.replies.size).toBe(3);
    expect(server.submissions).toBe(5 + submissions);
    expect(hasOpenBatch(folder)).toBe(false);
  });

  it.each([
    "POST /v1/files",
    "POST /v1/batches",
    "GET /v1/batches/batch_0",
    "GET /v1/files/file-out-batch_0/content",
  ])("by kill -9 at %s neither", async (moment) => {
    let kill = () => {};
    const onRequest = (request: string) => {
      if (request === moment) kill();
    };
    const server = await serve({ onRequest });
    const folder = toTemporary();
    const child = () => {
      const script = `
        import { openBatchChat } from "./src/ask/batch/batch-chat.ts";
        import { openJournal } from "./src/ask/journal.ts";
        const { url, folder, requests, parameters } = JSON.parse(process.argv[1]);
        const journal = openJournal(folder + "/journal.jsonl", () => {});
        const { chat } = await openBatchChat({
          folder, journal, timeout: 5, retries: 0, fetch, notice: () => {}, quiet: 20,
          clock: { now: Date.now, sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
          endpoint: { baseUrl: url, official: false, apiKey: null },
        });
        await Promise.allSettled(requests.map(chat(parameters)));`;
      const given = { url: server.url, folder, requests: toRequests(3), parameters };
      const args = ["--import", "tsx", "--input-type=module", "--eval", script];
      const creation = spawn(process.execPath, [...args, JSON.stringify(given)], {
        cwd: join(repository, "packages/creator"),
      });
      kill = () => creation.kill("SIGKILL");
      return new Promise<NodeJS.Signals | null>((resolve) =>
        creation.on("close", (_, signal) => resolve(signal)),
      );
    };
    if (moment.startsWith("GET")) {
      await invoke(server, folder, toRequests(3));
      server.end();
    }
    expect(await child()).toBe("SIGKILL");
    kill = () => {};
    const next = await invoke(server, folder, toRequests(3));
    expect(next.replies.size).toBe(moment.startsWith("GET") ? 3 : 0);
    server.end();
    const last = await invoke(server, folder, toRequests(3));
    expect(last.replies.size).toBe(3);
    expect(server.submissions).toBe(1);
    expect(server.batches).toHaveLength(1);
  });

  it("is looked for before it is tried again", async () => {
    const answers = ["cut after", "500", "cut before"] as const;
    const server = await serve({ submission: (n) => answers[n] ?? "ok" });
    const folder = toTemporary();
    expect(toSaid(await invoke(server, folder, toRequests(3)))).toContain("batch batch_0 of 3");
    expect(server.submissions).toBe(1);
    const other = await serve({ submission: (n) => answers[n + 1] ?? "ok" });
    expect(toSaid(await invoke(other, toTemporary(), toRequests(3)))).toContain("batch batch_0 of");
    expect(other.submissions).toBe(3);
    expect(other.batches).toHaveLength(1);
  });

  it("and was refused counts nothing", async () => {
    const server = await serve({ submission: (n) => (n === 0 ? "400" : "ok") });
    const folder = toTemporary();
    const first = await invoke(server, folder, toRequests(3));
    expect(toSaid(first)).toBe(`${server.url} answered 400 Billing hard limit has been reached`);
    expect(hasOpenBatch(folder)).toBe(false);
    expect((await invoke(server, folder, toRequests(3))).spent).toEqual({
      promptTokens: 0,
      completionTokens: 0,
    });
    expect(server.batches).toHaveLength(1);
  });
});

describe("a batch's files", () => {
  it("are read anew where the connection breaks", async () => {
    const server = await serve({ cutFiles: 2 });
    const folder = toTemporary();
    await invoke(server, folder, toRequests(6));
    server.end();
    const { replies, spent } = await invoke(server, folder, toRequests(6));
    expect(replies.size).toBe(6);
    const used = [...replies.values()].map(({ usage }) => usage?.completionTokens ?? 0);
    expect(spent.completionTokens).toBe(used.reduce((sum, one) => sum + one, 0));
  });

  it("are read again after a process that was killed while it read them", async () => {
    const server = await serve();
    const folder = toTemporary();
    await invoke(server, folder, toRequests(6));
    server.end();
    const stop = {
      append() {
        throw new ExpectedError("the disk is full");
      },
    };
    expect(await fail(invoke(server, folder, toRequests(6), { journal: stop }))).toBe(
      "the disk is full",
    );
    expect(hasOpenBatch(folder)).toBe(true);
    expect((await invoke(server, folder, toRequests(6))).replies.size).toBe(6);
    expect(server.submissions).toBe(1);
  });
});

describe("the log of batches", () => {
  it("mends a line that was cut while being written", async () => {
    const server = await serve();
    const folder = toTemporary();
    await invoke(server, folder, toRequests(2));
    const path = join(folder, batchFile);
    const whole = readFileSync(path, "utf8");
    const [before] = whole.split("\n");
    writeFileSync(path, `${before}\n{"event":"subm`);
    server.end();
    const { replies, notices } = await invoke(server, folder, toRequests(2));
    expect(notices[0]).toBe(`${path}: removed a last line that was cut while being written`);
    expect(replies.size).toBe(2);
    expect(server.submissions).toBe(1);
  });

  it("names a line that is none", async () => {
    const server = await serve();
    const folder = toTemporary();
    await invoke(server, folder, toRequests(2));
    const path = join(folder, batchFile);
    writeFileSync(path, `${readFileSync(path, "utf8")}{"event":"party"}\n`);
    expect(await fail(invoke(server, folder, toRequests(2)))).toBe(
      `${path}:3: expected what happened to a batch`,
    );
  });

  it("is not there before anything is submitted", async () => {
    const server = await serve();
    const folder = toTemporary();
    expect(hasOpenBatch(folder)).toBe(false);
    await invoke(server, folder, []);
    expect(existsSync(join(folder, batchFile))).toBe(false);
    expect(server.asked).toEqual([]);
  });
});

describe("a server that does not take part", () => {
  it("is an error without the key", async () => {
    const server = await serve({ key: "sk-right-0123456789" });
    const endpoint = { baseUrl: server.url, official: false, apiKey: "wrong-key-9876543210" };
    const first = await invoke(server, toTemporary(), toRequests(2), { endpoint });
    expect(toSaid(first)).toMatch(/answered 401 .*; expected a valid key in OPENAI_API_KEY$/);
    expect(toSaid(first)).not.toContain("9876543210");
  });

  it("is told from one without batches", async () => {
    const direct = await openOpenaiServer();
    onTestFinished(direct.close);
    const endpoint = { baseUrl: direct.url, official: false, apiKey: null };
    const server = await serve();
    expect(toSaid(await invoke(server, toTemporary(), toRequests(2), { endpoint }))).toBe(
      `${direct.url} answered 404 no /v1/files; expected a server with OpenAI's Batch API (--batch)`,
    );
  });
});
