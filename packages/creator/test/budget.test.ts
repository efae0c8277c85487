import { ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapReached, createBudget } from "../src/llm/budget.ts";
import type { Chat, ChatRequest, Usage } from "../src/llm/chat.ts";
import { computeWorstCase } from "../src/llm/chat.ts";
import { PermanentError, RetryableError } from "../src/llm/errors.ts";
import { openLedger, readLedger } from "../src/llm/ledger.ts";
import { createLimits } from "../src/llm/limits.ts";
import type { PriceList } from "../src/llm/prices.ts";
import { withRetries } from "../src/llm/retries.ts";
import { openServerChat, parameters, realClock, toRequest } from "./server-chat.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";

const usd = ({ promptTokens, completionTokens }: Usage) =>
  (promptTokens + 2 * completionTokens) / 1000;
const prices: PriceList = { usd, usdOf: usd, describe: "" };
const toTotal = ({ promptTokens, completionTokens }: Usage) => promptTokens + completionTokens;

/** A request whose worst case is 40 prompt tokens and the reply limit. */
const small: ChatRequest = { messages: [{ role: "user", content: "12345678" }], seed: 1, key: "k" };
const small100 = { ...parameters, maxTokens: 60 };
const toUsage = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  completionTokens,
});

describe("computeWorstCase", () => {
  it.each([
    [["abc"], {}, 3 + 32],
    [["a", "\u00e9\u{1f600}"], {}, 1 + 2 + 4 + 32],
    [["abc"], { schema: { a: 1 } }, 3 + '{"a":1}'.length + 32],
  ])("is a token a byte, and the reply's limit: %j with %j", (texts, more, tokens) => {
    const messages = texts.map((content) => ({ role: "user" as const, content }));
    expect(computeWorstCase({ messages, seed: 1, key: "", ...more }, parameters)).toEqual(
      toUsage(tokens, 256),
    );
  });
});

describe("a budget", () => {
  const open = (caps: { maxCost?: number; maxTotalTokens?: number }, chat: Chat) => {
    const budget = createBudget({ maxCost: null, maxTotalTokens: null, ...caps });
    const ledger = openLedger(tempFolder(), () => {});
    return {
      budget,
      ledger,
      paid: budget.wrap(chat, { ledger, prices, parameters: small100 }),
    };
  };
  const said = (usage: Usage | null) => async () => toSaid("", { usage });

  it("asks as long as the next request can be paid at worst", async () => {
    const { budget, paid } = open({ maxTotalTokens: 220 }, said(toUsage(20, 20)));
    for (const _ of [1, 2, 3, 4]) await paid(small);
    expect(budget.spent.tokens).toBe(160);
    const error = await paid(small).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CapReached);
    expect(error.message).toBe(
      "--max-total-tokens 220: 160 tokens spent, the next request may take 100",
    );
  });

  it("says the cap in USD with what was spent and what the next request may cost", async () => {
    // At worst 40 + 2 x 60 = 160 thousandths; each takes 5 + 2 x 1 = 7 of them.
    const { budget, paid } = open({ maxCost: 0.17 }, said(toUsage(5, 1)));
    for (const _ of [1, 2]) await paid(small);
    expect(budget.spent.usd).toBeCloseTo(0.014, 12);
    await expect(paid(small)).rejects.toThrow(
      "--max-cost 0.17 USD: 0.014 spent, the next request may cost 0.16",
    );
  });

  it("spends exactly its cap", async () => {
    const { budget, paid } = open({ maxTotalTokens: 300 }, said(toUsage(40, 60)));
    for (const _ of [1, 2, 3]) await paid(small);
    expect(budget.spent.tokens).toBe(300);
    await expect(paid(small)).rejects.toThrow(CapReached);
  });

  it("stays reached", async () => {
    const { paid } = open({ maxTotalTokens: 110 }, said(toUsage(5, 5)));
    await paid(small);
    await paid(small);
    const large = { ...small, messages: [{ role: "user" as const, content: "x".repeat(40) }] };
    await expect(paid(large)).rejects.toThrow(CapReached);
    await expect(paid(small)).rejects.toThrow(CapReached);
  });

  it("waits, first come first served, for what is in flight to turn out cheaper", async () => {
    const clock = openSimulatedClock();
    const order: number[] = [];
    let most = 0;
    let inFlight = 0;
    const { budget, paid } = open({ maxTotalTokens: 250 }, async ({ seed }) => {
      order.push(seed);
      most = Math.max(most, ++inFlight);
      await clock.sleep(10 * (1 + (seed % 3)));
      inFlight -= 1;
      return toSaid("", { usage: toUsage(1, 1) });
    });
    await Promise.all(Array.from({ length: 30 }, (_, seed) => paid({ ...small, seed })));
    expect(order).toEqual(Array.from({ length: 30 }, (_, seed) => seed));
    expect(most).toBe(2);
    expect(budget.spent.tokens).toBe(60);
  });

  it.each([
    ["a reply that is not counted", said(null), 100],
    ["a cut connection", () => Promise.reject(new RetryableError("cut")), 100],
    ["a bug", () => Promise.reject(new TypeError("no")), 100],
    ["a 429", () => Promise.reject(new RetryableError("full", { code: "rate limit" })), 0],
    ["no connection", () => Promise.reject(new RetryableError("none", { code: "unreached" })), 0],
    ["a 4xx", () => Promise.reject(new PermanentError("no")), 0],
  ] as [string, Chat, number][])("counts %s", async (_, chat, tokens) => {
    const { budget, ledger, paid } = open({ maxTotalTokens: 1000 }, chat);
    await paid(small).catch(() => {});
    expect(budget.spent.tokens).toBe(tokens);
    expect(toTotal(ledger.spent)).toBe(tokens);
  });

  it("is one for all chats, and counts what earlier invocations spent", async () => {
    const budget = createBudget({ maxCost: 1, maxTotalTokens: 1000 });
    budget.charge(toUsage(300, 200), prices.usd(toUsage(300, 200)));
    const chats = [1, 2].map(() =>
      budget.wrap(said(toUsage(40, 60)), {
        ledger: openLedger(tempFolder(), () => {}),
        prices,
        parameters: small100,
      }),
    );
    // 0.7 USD are spent; one request more is 0.16.
    await chats[0]?.(small);
    expect(budget.spent.usd).toBeCloseTo(0.86, 12);
    await expect(chats[1]?.(small)).rejects.toThrow("--max-cost 1 USD: 0.86 spent");
  });

  it("knows no cap in USD without prices", () => {
    const budget = createBudget({ maxCost: 1, maxTotalTokens: null });
    const account = { ledger: openLedger(tempFolder(), () => {}), prices: null, parameters };
    expect(() => budget.wrap(said(null), account)).toThrow("prices");
    expect(() => budget.charge(toUsage(1, 1), null)).toThrow("prices");
    const tokens = createBudget({ maxCost: null, maxTotalTokens: 1 });
    tokens.charge(toUsage(1, 1), null);
    expect(() => tokens.wrap(said(null), account)).not.toThrow();
  });

  it("sends nothing that it cannot write down, and holds nothing for it", async () => {
    const budget = createBudget({ maxCost: null, maxTotalTokens: 100 });
    let asked = 0;
    const send = () => {
      throw new ExpectedError("cannot write spending.jsonl: ENOSPC");
    };
    const ledger = { ...openLedger(tempFolder(), () => {}), send };
    const paid = budget.wrap(
      async () => {
        asked += 1;
        return toSaid("");
      },
      { ledger, prices: null, parameters: small100 },
    );
    for (const _ of [1, 2]) await expect(paid(small)).rejects.toThrow("ENOSPC");
    expect(asked).toBe(0);
    expect(budget.spent.tokens).toBe(0);
  });

  it("never crosses a cap, whatever is used or fails, at any concurrency", async () => {
    const end = fc.oneof(
      fc.record({ prompt: fc.nat(40), completion: fc.nat(60) }),
      fc.constantFrom("uncounted", "cut", "429", "bug"),
    );
    const run = fc.record({
      ends: fc.array(fc.record({ end, ms: fc.nat(50) }), { minLength: 1, maxLength: 60 }),
      concurrency: fc.integer({ min: 1, max: 20 }),
      maxTotalTokens: fc.option(fc.integer({ min: 1, max: 4000 })),
      maxCost: fc.option(fc.double({ min: 0.001, max: 5, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ ends, concurrency, maxTotalTokens, maxCost }) => {
        const clock = openSimulatedClock();
        const budget = createBudget({ maxCost, maxTotalTokens });
        const ledger = openLedger(tempFolder(), () => {});
        /** What the server would have billed: for what fails with a doubt, up to the worst case. */
        const billed = { tokens: 0, usd: 0 };
        const bill = (usage: Usage) => {
          billed.tokens += toTotal(usage);
          billed.usd += prices.usd(usage);
        };
        const chat: Chat = async ({ seed }) => {
          const { end, ms } = ends[seed] as (typeof ends)[number];
          if (end === "429") throw new RetryableError("full", { code: "rate limit" });
          bill(typeof end === "string" ? toUsage(40, 60) : toUsage(end.prompt, end.completion));
          await clock.sleep(ms);
          if (end === "cut") throw new RetryableError("cut");
          if (end === "bug") throw new TypeError("bug");
          if (end === "uncounted") return toSaid("", { usage: null });
          return toSaid("", { usage: toUsage(end.prompt, end.completion) });
        };
        const paid = budget.wrap(chat, { ledger, prices, parameters: small100 });
        let next = 0;
        let capped = false;
        const ask = async () => {
          while (next < ends.length && !capped)
            await paid({ ...small, seed: next++ }).catch((error) => {
              if (error instanceof CapReached) capped = true;
            });
        };
        await Promise.all(Array.from({ length: concurrency }, ask));
        if (maxTotalTokens !== null) expect(billed.tokens).toBeLessThanOrEqual(maxTotalTokens);
        if (maxCost !== null) expect(billed.usd).toBeLessThanOrEqual(maxCost + 1e-9);
        expect(budget.spent.tokens).toBe(billed.tokens);
        expect(budget.spent.usd).toBeCloseTo(billed.usd, 9);
        expect(toTotal(ledger.spent)).toBe(billed.tokens);
        // A cap is reached only where one request more might cross it.
        if (capped)
          expect(
            billed.tokens + 100 > (maxTotalTokens ?? Infinity) ||
              billed.usd + 0.16 > (maxCost ?? Infinity) - 1e-9,
          ).toBe(true);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("a budget before a real server", () => {
  it("is never crossed, faults and all, and the ledger says what was spent", async () => {
    const faults = ["429", "500", "cut half", "wrong usage"] as const;
    const { server, chat } = await openServerChat({
      latency: (n) => n % 7,
      faults: (n) => (n % 3 === 0 ? faults[(n / 3) % 4] : undefined),
    });
    const folder = tempFolder();
    const ledger = openLedger(folder, () => {});
    const maxTotalTokens = 9000;
    const budget = createBudget({ maxCost: null, maxTotalTokens });
    const limits = createLimits({ concurrency: 8, clock: realClock, log: () => {} });
    const paid = budget.wrap(chat, { ledger, prices: null, parameters });
    const retried = withRetries(limits.wrap(paid), {
      retries: 3,
      clock: realClock,
      model: "m",
    });
    const all = await Promise.allSettled(
      Array.from({ length: 200 }, (_, seed) => retried(toRequest(seed))),
    );
    const kept = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const reasons = all.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toBeInstanceOf(CapReached);

    const worst = toTotal(computeWorstCase(toRequest(1), parameters));
    const used = kept.map(({ usage }) => (usage ? toTotal(usage) : worst));
    const doubtful = server.asked.filter(({ status }) => status === 500).length;
    const spent = toTotal(readLedger(folder).spent);
    expect(spent).toBe(budget.spent.tokens);
    expect(spent).toBeLessThanOrEqual(maxTotalTokens);
    expect(spent).toBeGreaterThan(maxTotalTokens - worst);
    expect(spent).toBeGreaterThanOrEqual(used.reduce((a, b) => a + b, 0) + doubtful * worst);
    ledger.close();
  }, 60_000);
});
