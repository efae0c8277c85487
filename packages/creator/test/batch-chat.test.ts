import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BatchOptions } from "../src/llm/batch-api.ts";
import { createBatchChats } from "../src/llm/batch-chat.ts";

import type { ChatRequest } from "../src/llm/chat.ts";
import { BatchPending } from "../src/llm/errors.ts";
import { openJournal } from "../src/llm/journal.ts";
import { openLedger } from "../src/llm/ledger.ts";
import { createServerChat } from "../src/llm/open-chat.ts";
import { clock, invoke, parameters, serve, toRequests, toSaid } from "./batch-invocations.ts";

describe("asking by batches", () => {
  it("submits and leaves, and collects what asking directly brings", async () => {
    const server = await serve();
    const folder = tempFolder();
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
    expect(
      [first, second].map(({ errors: [error] }) => (error as BatchPending).submittedBefore),
    ).toEqual([false, true]);
    expect(toSaid(second)).toBe(
      "batch batch_0: in progress, 5 of 12 done; the same command collects it",
    );

    server.end();
    const third = await invoke(server, folder, requests);
    expect(third.logged).toEqual(["batch batch_0: completed, 12 of 12 replies collected"]);
    expect(third.replies.size).toBe(12);
    expect(server.submissions).toBe(1);

    const direct = await openOpenaiServer();
    onTestFinished(direct.close);
    const chat = createServerChat({
      endpoint: { baseUrl: direct.url, official: false, apiKey: null },
      parameters,
      timeout: 5,
      fetch,
      clock,
      log: () => {},
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
    const folder = tempFolder();
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
    const folder = tempFolder();
    const journal = openJournal(join(folder, "journal.jsonl"), () => {});
    onTestFinished(journal.close);
    const endpoint = { baseUrl: server.url, official: false, apiKey: null };
    const ledger = openLedger(folder, () => {});
    onTestFinished(ledger.close);
    const chat = await createBatchChats({
      ...{ ledger, journal, endpoint, timeout: 5, retries: 0, fetch, log: () => {} },
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
    const folder = tempFolder();
    const requests = toRequests(5);
    const bytes = Buffer.byteLength(JSON.stringify(requests[0]));
    const by = async (most: NonNullable<BatchOptions["most"]>) => {
      server.batches.length = 0;
      const said = toSaid(await invoke(server, tempFolder(), requests, { most }));
      expect(said).toMatch(/; the same command collects them$/);
      return server.batches.map(({ lines }) => lines.length);
    };
    expect(await by({ requests: 2, bytes: 1e9 })).toEqual([2, 2, 1]);
    expect(await by({ requests: 100, bytes: bytes * 3 })).toEqual([2, 2, 1]);

    const ledger = openLedger(folder, () => {});
    onTestFinished(ledger.close);
    const waiting = await createBatchChats({
      ...{ ledger, journal: { append: () => {} }, timeout: 5, retries: 0, fetch, clock, quiet: 20 },
      endpoint: { baseUrl: server.url, official: false, apiKey: null },
      log: () => {},
    });
    server.batches.length = 0;
    const judge = { ...parameters, model: "judge" };
    await Promise.allSettled([
      ...requests.map(waiting(parameters)),
      ...toRequests(2, "judge").map(waiting(judge)),
    ]);
    expect(server.batches.map(({ lines }) => lines.map(({ body }) => body.model))).toEqual([
      Array(5).fill("test-model"),
      Array(2).fill("judge"),
    ]);
  });

  it("counts what is out at worst, and what came as it was counted", async () => {
    const server = await serve();
    const folder = tempFolder();
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
    const folder = tempFolder();
    const requests = toRequests(8);
    await invoke(server, folder, requests);
    const { spent } = await invoke(server, folder, requests);
    server.end();
    const last = await invoke(server, folder, requests);
    expect(last.replies.size).toBe(8);
    expect(last.spent).toEqual(spent);
  });
});

describe("a server that does not take part", () => {
  it("is an error without the key", async () => {
    const server = await serve({ key: "sk-right-0123456789" });
    const endpoint = { baseUrl: server.url, official: false, apiKey: "wrong-key-9876543210" };
    const first = await invoke(server, tempFolder(), toRequests(2), { endpoint });
    expect(toSaid(first)).toMatch(/answered 401 .*; expected a valid key in OPENAI_API_KEY$/);
    expect(toSaid(first)).not.toContain("9876543210");
  });

  it("is told from one without batches", async () => {
    const direct = await openOpenaiServer();
    onTestFinished(direct.close);
    const endpoint = { baseUrl: direct.url, official: false, apiKey: null };
    const server = await serve();
    expect(toSaid(await invoke(server, tempFolder(), toRequests(2), { endpoint }))).toBe(
      `${direct.url} answered 404 no /v1/files; expected a server with OpenAI's Batch API (--batch)`,
    );
  });
});
