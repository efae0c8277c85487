import { ExpectedError } from "@seedling/core/internal";
import { buildScript, startScript, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import {
  hasOpenBatch,
  invoke,
  parameters,
  serve,
  toRequests,
  toSaid,
} from "./batch-invocations.ts";
import type { BatchServer } from "./batch-server.ts";

describe("a submission that is cut off", () => {
  it.each([
    ["before it reached the server", "cut before", 2],
    ["after it did", "cut after", 1],
  ] as const)("%s is neither lost nor made twice", async (_, happens, submissions) => {
    const server = await serve({ submission: (n) => (n === 0 ? happens : "ok") });
    const folder = tempFolder();
    const first = await invoke(server, folder, toRequests(3), { retries: 0 });
    expect(first.errors[0]).toBeInstanceOf(ExpectedError);
    expect(hasOpenBatch(folder)).toBe(true);
    // Others' batches, of which a page of the list is full.
    for (let i = 0; i < 5; i++) await invoke(server, tempFolder(), toRequests(1));
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
  ])("by an end of the process at %s neither", async (moment) => {
    const server = await serve();
    const folder = tempFolder();
    const collecting = moment.startsWith("GET");
    if (collecting) {
      await invoke(server, folder, toRequests(3));
      server.end();
    }
    // The server takes the request, and who asked does nothing any more, as if it were killed.
    const reached = new Promise<void>((resolve) => {
      const stopping: typeof fetch = async (url, init) => {
        const response = await fetch(url, init);
        if (`${init?.method?.toUpperCase()} ${new URL(String(url)).pathname}` !== moment)
          return response;
        resolve();
        return new Promise(() => {});
      };
      void invoke(server, folder, toRequests(3), { fetch: stopping });
    });
    await reached;
    await expectOneBatch(server, folder, collecting ? 3 : 0);
  });

  it("by kill -9 neither", async () => {
    let kill = () => {};
    const server = await serve({
      onRequest: (request) => request === "POST /v1/batches" && kill(),
    });
    const folder = tempFolder();
    const script = `
      import { createBatchChats } from "../src/llm/batch-chat.ts";
      import { openJournal } from "../src/llm/journal.ts";
      import { openLedger } from "../src/llm/ledger.ts";
      const { url, folder, requests, parameters } = JSON.parse(process.argv[2]);
      const journal = openJournal(folder + "/journal.jsonl", () => {});
      const chat = await createBatchChats({
        journal, ledger: openLedger(folder, () => {}), timeout: 5, retries: 0, fetch, log: () => {}, quiet: 20,
        clock: { now: Date.now, sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
        endpoint: { baseUrl: url, official: false, apiKey: null },
      });
      await Promise.allSettled(requests.map(chat(parameters)));`;
    const given = { url: server.url, folder, requests: toRequests(3), parameters };
    const path = await buildScript(script, import.meta.dirname);
    const asking = startScript(path, [JSON.stringify(given)]);
    kill = () => asking.child.kill("SIGKILL");
    expect((await asking.ended).signal).toBe("SIGKILL");
    kill = () => {};
    await expectOneBatch(server, folder, 0);
  });

  /** Goes on after an end at any moment: there is one batch, and all its replies come. */
  async function expectOneBatch(server: BatchServer, folder: string, replies: number) {
    expect((await invoke(server, folder, toRequests(3))).replies.size).toBe(replies);
    server.end();
    expect((await invoke(server, folder, toRequests(3))).replies.size).toBe(3);
    expect(server.submissions).toBe(1);
    expect(server.batches).toHaveLength(1);
  }

  it("is looked for before it is tried again", async () => {
    const answers = ["cut after", "500", "cut before"] as const;
    const server = await serve({ submission: (n) => answers[n] ?? "ok" });
    const folder = tempFolder();
    expect(toSaid(await invoke(server, folder, toRequests(3)))).toContain("batch batch_0 of 3");
    expect(server.submissions).toBe(1);
    const other = await serve({ submission: (n) => answers[n + 1] ?? "ok" });
    expect(toSaid(await invoke(other, tempFolder(), toRequests(3)))).toContain("batch batch_0 of");
    expect(other.submissions).toBe(3);
    expect(other.batches).toHaveLength(1);
  });

  it("and was refused counts nothing", async () => {
    const server = await serve({ submission: (n) => (n === 0 ? "400" : "ok") });
    const folder = tempFolder();
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
