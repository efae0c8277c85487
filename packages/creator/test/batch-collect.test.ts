import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { BatchPending, PermanentError } from "../src/llm/errors.ts";
import { fail, hasOpenBatch, invoke, serve, toRequests, toSaid } from "./batch-invocations.ts";

describe("replies that do not come", () => {
  it("are asked for again, and those that came are kept", async () => {
    const fates = ["429", "broken", "none"] as const;
    const server = await serve({
      fate: (key, n) => fates[n === 0 ? Number.parseInt(key.slice(0, 2), 16) % 5 : 9] ?? "reply",
    });
    const folder = tempFolder();
    const requests = toRequests(20);
    await invoke(server, folder, requests);
    server.end();
    const second = await invoke(server, folder, requests);
    const missing = requests.filter(({ key }) => Number.parseInt(key.slice(0, 2), 16) % 5 < 3);
    expect(missing.length).toBeGreaterThan(3);
    expect(second.replies.size).toBe(20 - missing.length);
    expect(second.logged).toEqual([
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
    const folder = tempFolder();
    await invoke(server, folder, toRequests(10));
    server.end(status, 7);
    const second = await invoke(server, folder, toRequests(10));
    expect(second.replies.size).toBe(7);
    expect(second.logged[0]).toContain(
      `batch batch_0: ${status}, 7 of 10 replies collected, 3 missing`,
    );
    expect(server.batches[1]?.lines.map(({ body }) => body.seed)).toEqual([7, 8, 9]);
  });

  it("of three waves in a row are an error, with the server's words", async () => {
    const server = await serve();
    const folder = tempFolder();
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
    const folder = tempFolder();
    const requests = toRequests(5);
    const most = { requests: 3, bytes: 1e9 };
    await invoke(server, folder, requests, { most });
    server.end();
    const second = await invoke(server, folder, requests, { most });
    expect(second.logged).toEqual([
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
    const folder = tempFolder();
    await invoke(server, folder, requests);
    server.end();
    const second = await invoke(server, folder, requests);
    expect(second.replies.size).toBe(3);
    expect(toSaid(second)).toContain(
      `${server.url} answered 404 The model \`test-model\` does not exist; expected a model that the server knows`,
    );
    expect(second.errors[0]).toBeInstanceOf(PermanentError);
    expect(server.submissions).toBe(1);
  });
});

describe("a batch's files", () => {
  it("are read anew where the connection breaks", async () => {
    const server = await serve({ cutFiles: 2 });
    const folder = tempFolder();
    await invoke(server, folder, toRequests(6));
    server.end();
    const { replies, spent } = await invoke(server, folder, toRequests(6));
    expect(replies.size).toBe(6);
    const used = [...replies.values()].map(({ usage }) => usage?.completionTokens ?? 0);
    expect(spent.completionTokens).toBe(used.reduce((sum, one) => sum + one, 0));
  });

  it("are read again after a process that was killed while it read them", async () => {
    const server = await serve();
    const folder = tempFolder();
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
