import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Completions,
  type Endpoint,
  type Flags,
  parseCommandLine,
  planExperiment,
  type Run,
  toCreationFolder,
} from "@seedling/core/internal";
import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createBudget, createRunBudget } from "../src/llm/budget.ts";
import { openLedger, readLedger } from "../src/llm/ledger.ts";
import { systemClock } from "../src/llm/open-chat.ts";
import { findPrices } from "../src/llm/prices.ts";
import { openRunChat } from "../src/llm/run-chat.ts";
import { serve as serveBatches } from "./batch-invocations.ts";
import { parameters, toRequest } from "./server-chat.ts";
import { toSaid } from "./shapes.ts";

const flags = { concurrency: 4, timeout: 5, retries: 0, batch: false } as Flags;
const prices = findPrices({
  ...{ model: "m", official: false, batch: false },
  prices: { input: 1000, output: 2000 },
});
const usage = (promptTokens: number, completionTokens: number) => ({
  promptTokens,
  completionTokens,
});

/** A run's chat, until the test is over, and what it logs. */
async function open(
  url: string,
  folder: string,
  more: { batch?: boolean; neighbours?: string[] },
  fetch = globalThis.fetch,
) {
  const logged: string[] = [];
  const budget = createBudget({ maxCost: null, maxTotalTokens: null });
  const endpoint: Endpoint = { baseUrl: url, apiKey: null, official: false };
  const chat = await openRunChat({
    completions: { kind: "live", model: "test-model", endpoint, file: null },
    folder,
    neighbours: more.neighbours ?? [],
    flags: { ...flags, batch: more.batch ?? false },
    budget,
    prices: { creating: prices, checking: prices },
    clock: systemClock,
    ctx: { fetch, log: (line) => logged.push(line) },
  });
  const closed = { done: false };
  const close = async () => {
    if (!closed.done) await chat.close();
    closed.done = true;
  };
  onTestFinished(close);
  return { chat, logged, budget, close };
}

describe("a run's chat", () => {
  it("says whom it waits for where the first reply is slow", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const never: typeof fetch = () => new Promise(() => {});
    const { chat, logged } = await open("http://127.0.0.1:8080/v1", tempFolder(), {}, never);
    void chat
      .chat(
        parameters,
        null,
      )(toRequest(1))
      .catch(() => {});
    await vi.advanceTimersByTimeAsync(9999);
    expect(logged).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(logged).toEqual(["  waiting for a reply of test-model at 127.0.0.1:8080, 10 s"]);
  });

  it("answers from its own journal, then from its neighbours', then asks; a damaged neighbour is left out", async () => {
    const server = await openOpenaiServer();
    onTestFinished(server.close);
    const [own, other, damaged] = [tempFolder(), tempFolder(), tempFolder()] as const;
    const line = (key: string, text: string) => `${JSON.stringify({ key, ...toSaid(text) })}\n`;
    writeFileSync(join(own, "journal.jsonl"), line("own", "from its own"));
    const strange = `${JSON.stringify({ key: "strange", ...toSaid("strange"), model: "evil" })}\n`;
    writeFileSync(join(other, "journal.jsonl"), line("other", "from another") + strange);
    writeFileSync(join(damaged, "journal.jsonl"), `${line("lost", "lost")}{"key":"oops"}\n`);
    const neighbours = [own, other, damaged];
    const { chat, logged, close } = await open(server.url, own, { neighbours });
    expect(logged).toEqual([
      expect.stringMatching(
        /journal.jsonl:2: expected a completion with its key; text: .*; the replies of this creation are not used for others$/,
      ),
    ]);
    const ask = chat.chat(parameters, null);
    const keys = ["own", "other", "lost", "new"];
    expect(keys.map(chat.isLive)).toEqual([false, false, true, true]);
    const texts: string[] = [];
    for (const key of keys) texts.push((await ask({ ...toRequest(1), key })).text);
    expect(texts.slice(0, 2)).toEqual(["from its own", "from another"]);
    expect(server.asked).toHaveLength(2);
    expect(readLedger(own).spent.promptTokens).toBeGreaterThan(0);
    expect(keys.map(chat.isLive)).toEqual([false, false, false, false]);
    await ask({ ...toRequest(1), key: "strange" });
    logged.length = 0;
    await close();
    const path = join(other, "journal.jsonl");
    expect(logged).toEqual([
      `replies taken from ${path}: 2 (by test-model, evil); of these 1 are by evil, as none of this run's own is: line 2`,
    ]);
  });

  it("stops at damage in its own journal", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "journal.jsonl"), '{"key":"oops"}\n');
    await expect(open("http://127.0.0.1:9/v1", folder, {})).rejects.toThrow(
      "journal.jsonl:1: expected a completion with its key",
    );
  });

  it("counts requests whose reply never came", async () => {
    const server = await openOpenaiServer({ faults: (n) => (n === 0 ? "500" : undefined) });
    onTestFinished(server.close);
    const { chat, budget } = await open(server.url, tempFolder(), {});
    const ask = chat.chat(parameters, prices);
    await expect(ask(toRequest(1))).rejects.toThrow("answered 500");
    await ask(toRequest(2));
    expect(chat.lost.requests).toBe(1);
    expect(budget.spent.tokens).toBeGreaterThan(chat.lost.tokens);
  });

  it("asks by batches where these are wanted, and refuses to ask directly while one is out", async () => {
    const server = await serveBatches();
    const folder = tempFolder();
    const first = await open(server.url, folder, { batch: true });
    await expect(first.chat.chat(parameters, prices)(toRequest(1))).rejects.toThrow("submitted at");
    const worst = first.budget.spent.usd;
    expect(worst).toBeGreaterThan(0);
    await expect(open(server.url, folder, {})).rejects.toThrow(
      `${folder}: expected --batch, since a batch is out: asking at once would pay twice`,
    );
    server.end();
    const second = await open(server.url, folder, { batch: true });
    // The budget of a command counts what is out at most, until it is collected.
    expect(second.budget.spent.usd).toBeLessThan(0);
    expect((await second.chat.chat(parameters, prices)(toRequest(1))).ms).toBe(0);
    const { spent } = readLedger(folder);
    expect(spent.batched).toEqual({
      promptTokens: spent.promptTokens,
      completionTokens: spent.completionTokens,
    });
  });
});

describe("a replay", () => {
  const at = "2026-01-01T00:00:00.000Z";

  it("answers what was recorded, asks nothing, and names its folder where a reply is missing", async () => {
    const folder = tempFolder();
    const recorded = toSaid("recorded");
    const line = `${JSON.stringify({ key: "1", ...recorded })}\n`;
    writeFileSync(join(folder, "journal.jsonl"), line);
    const recording = { folder, date: at } as Extract<Completions, { kind: "replay" }>["recording"];
    const replay = await openRunChat({
      completions: { kind: "replay", model: "m", recording },
      folder: tempFolder(),
      neighbours: [],
      flags,
      budget: createBudget({ maxCost: null, maxTotalTokens: 0 }),
      prices: { creating: null, checking: null },
      clock: systemClock,
      ctx: { fetch, log: () => {} },
    });
    onTestFinished(replay.close);
    const ask = replay.chat(parameters, null);
    expect(await ask({ ...toRequest(1), key: "1" })).toEqual(recorded);
    expect(["1", "2"].map(replay.isLive)).toEqual([false, false]);
    await expect(ask({ ...toRequest(1), key: "2" })).rejects.toThrow(
      `the recording in ${folder} holds no reply for the next request`,
    );
    expect(readFileSync(join(folder, "journal.jsonl"), "utf8")).toBe(line);
  });
});

describe("the budget of a command", () => {
  /** The one run of a command line in a results folder of its own, and its creation's folder. */
  async function plan(line: string): Promise<{ run: Run; folder: string }> {
    const words = `--data creak --setting naive --model m --data-dir ${import.meta.dirname} ${line}`;
    const args = [...words.split(" "), "--results", tempFolder()];
    const asked = await parseCommandLine(args, async () => {
      throw new Error("no experiment in this test");
    });
    if (asked === null) throw new Error("expected a request");
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const [run] = await planExperiment(
      { requests: [asked.requests[0]] },
      { env, fetch, log: () => {} },
    );
    if (!run) throw new Error("expected a run");
    const folder = toCreationFolder(run);
    mkdirSync(folder, { recursive: true });
    return { run, folder };
  }

  it.each(["--batch --max-cost 1", "--max-cost 1"])(
    "counts earlier requests at the price of how each was asked: %s",
    async (line) => {
      const { run, folder } = await plan(`--prices 1000,2000 ${line}`);
      const ledger = openLedger(folder, () => {});
      // 0.9 USD asked directly, and 0.6 / 2 USD by a batch.
      ledger.commit(ledger.send(usage(500, 500)), usage(300, 300));
      ledger.takeBatch({
        ...{ event: "submitting", mark: "a", wave: 1, parameters, requests: 2, adapted: [] },
        worst: usage(200, 200),
        at: "2026-01-01T00:00:00.000Z",
      });
      expect(createRunBudget([run, run]).spent.usd).toBeCloseTo(1.2, 12);
      expect(createRunBudget([run]).spent.tokens).toBe(1000);
      ledger.close();
    },
  );

  it("is refused for a cap in USD where a price is not known", async () => {
    const { run } = await plan("--max-cost 1 --verify 2 --verify-model judge");
    expect(() => createRunBudget([run])).toThrow("--max-cost: no price is known for m; give");
  });
});
