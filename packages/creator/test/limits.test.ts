import { describe, expect, it, onTestFinished } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { openLimits } from "../src/llm/limits.ts";
import { openChat } from "../src/llm/open-chat.ts";
import { RetryableError, withRetries } from "../src/llm/retries.ts";
import { openOpenaiServer, type ServerOptions, toReply } from "./openai-server.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";
import {
  askAll,
  openSimulatedServer,
  type SimulatedOptions,
  toLatencies,
} from "./simulated-server.ts";

/** Limits on a simulated clock, and what they said. */
function open(concurrency: number) {
  const clock = openSimulatedClock();
  const logged: string[] = [];
  const limits = openLimits({ concurrency, clock, log: (line) => logged.push(line) });
  return { clock, logged, limits };
}

/** The same with a simulated server, retries round them. */
function openWith(concurrency: number, options: Omit<SimulatedOptions, "clock">) {
  const { clock, logged, limits } = open(concurrency);
  const server = openSimulatedServer({ ...options, clock });
  const limited = limits.wrap(server.chat);
  const chat = withRetries(limited, { retries: 6, clock, patience: 600_000 });
  return { clock, logged, limits, server, limited, chat };
}

const request = (seed: number, content = "x".repeat(400)) => ({
  messages: [{ role: "user" as const, content }],
  seed,
  key: `${seed}`,
});

const limited = (retryAfter = 0) => new RetryableError("too much", { limited: true, retryAfter });

describe("limits", () => {
  it.each([
    [16, 0],
    [16, 1],
    [64, 0],
    [64, 0.5],
    [64, 1],
  ])(
    "keep the whole concurrency busy: %d in flight, sigma %d",
    { timeout: 120_000 },
    async (concurrency, sigma) => {
      const { clock, server, limited, logged } = openWith(concurrency, {
        latency: toLatencies(1000, sigma),
      });
      await askAll(limited, 20_000, concurrency);
      // Not against work / concurrency: the last stragglers are no one's fault.
      const free = openSimulatedClock();
      const latency = toLatencies(1000, sigma);
      await askAll(openSimulatedServer({ clock: free, latency }).chat, 20_000, concurrency);
      expect(free.now() / clock.now()).toBeGreaterThan(0.97);
      expect(server.maxInFlight).toBe(concurrency);
      expect(logged).toEqual([]);
    },
  );

  it("take no more than what is allowed, first come first served", async () => {
    const { server, limits, limited } = openWith(3, { latency: toLatencies(100, 1) });
    await Promise.all(Array.from({ length: 50 }, (_, seed) => limited(request(seed))));
    expect(server.arrived).toEqual(Array.from({ length: 50 }, (_, seed) => seed));
    expect(server.maxInFlight).toBe(3);
    expect(limits.inFlight).toBe(0);
  });

  it("work where one request is in flight at a time", async () => {
    const { server, chat, logged } = openWith(1, {
      latency: toLatencies(100, 0.5),
      refuse: (_, taken) => (server.refused * 10 < taken ? limited() : null),
    });
    await askAll(chat, 500, 1);
    expect(server.maxInFlight).toBe(1);
    expect(server.refused).toBeGreaterThan(40);
    expect(logged).toEqual([]);
  });

  it("are shared by all chats they wrap", async () => {
    const { clock, limits } = open(4);
    const one = openSimulatedServer({ clock, latency: () => 100 });
    const other = openSimulatedServer({ clock, latency: () => 100 });
    const chats = [limits.wrap(one.chat), limits.wrap(other.chat)];
    const all = Array.from({ length: 40 }, (_, n) => (chats[n % 2] as Chat)(request(n)));
    await clock.sleep(50);
    expect(one.inFlight + other.inFlight).toBe(4);
    await Promise.all(all);
    expect(clock.now()).toBe(1000);
  });

  it("give a place back whatever a chat throws", async () => {
    const { limits } = open(1);
    const broken = limits.wrap(async () => {
      throw new TypeError("no");
    });
    for (const seed of [1, 2]) await expect(broken(request(seed))).rejects.toThrow(TypeError);
    expect(limits.inFlight).toBe(0);
    expect(limits.allowed).toBe(1);
  });
});

describe("a 429", () => {
  it("halves what is allowed, once for all that was out", async () => {
    const {
      clock,
      limits,
      server,
      limited: chat,
    } = openWith(16, {
      latency: () => 100,
      refuse: () => limited(),
    });
    const first = Array.from({ length: 16 }, (_, n) => chat(request(n)).catch(() => {}));
    await Promise.all(first);
    expect(limits.allowed).toBe(8);
    const second = Array.from({ length: 8 }, (_, n) => chat(request(n)).catch(() => {}));
    await clock.sleep(190);
    expect(server.inFlight).toBe(0);
    await clock.sleep(30);
    expect(server.inFlight).toBe(8);
    await Promise.all(second);
    expect(limits.allowed).toBe(4);
  });

  it.each([
    [true, 5],
    [false, 5],
    [true, 9999],
  ])(
    "or a 503 (limited: %s) lets nothing out for as long as the server asks (%d s), 120 s at most",
    async (limited, retryAfter) => {
      const refusal = new RetryableError("wait", { limited, retryAfter });
      const times: number[] = [];
      const { clock, limits } = open(4);
      const chat = limits.wrap(async () => {
        times.push(clock.now());
        await clock.sleep(10);
        if (times.length === 1) throw refusal;
        return toSaid("");
      });
      const first = chat(request(1)).catch(() => {});
      await first;
      await Promise.all([2, 3].map((seed) => chat(request(seed))));
      const wait = Math.min(retryAfter, 120) * 1000;
      expect(times[0]).toBe(0);
      expect(times[1]).toBe(10 + wait);
    },
  );

  it("comes seldom where it never ends, and all goes on once it does", async () => {
    const { server, chat, limits, clock } = openWith(64, {
      latency: toLatencies(1000, 0.5),
      refuse: (now) => (now > 30_000 && now < 500_000 ? limited() : null),
    });
    let after = 0;
    await askAll(chat, 6000, 64, () => {
      if (clock.now() > 500_000) after ||= clock.now();
    });
    // One request every 30 s, not one a second for each of 64.
    expect(server.refused).toBeLessThan(64 + 40);
    expect(after).toBeLessThan(535_000);
    expect(limits.allowed).toBe(64);
  });

  it("finds the rate of a server that takes 10 requests a second, whatever it tells", async () => {
    const window = { start: 0, taken: 0 };
    const { server, chat, clock } = openWith(64, {
      latency: toLatencies(1000, 0.5),
      refuse(now) {
        if (now - window.start >= 1000) Object.assign(window, { start: now, taken: 0 });
        window.taken += 1;
        return window.taken > 10 ? limited() : null;
      },
    });
    await askAll(chat, 3000, 64);
    expect(3000 / (clock.now() / 1000)).toBeGreaterThan(6);
    expect(server.refused).toBeLessThan(1500);
  });
});

describe("a server that queues", () => {
  it.each([
    [4, 0],
    [4, 1],
    [10, 0.5],
    [23, 0.5],
    [32, 1],
  ])(
    "is noticed, and asked about as much as it serves: %d at once, sigma %d",
    { timeout: 120_000 },
    async (capacity, sigma) => {
      const { server, limited, logged, clock } = openWith(64, {
        latency: toLatencies(1000, sigma),
        capacity: () => capacity,
      });
      const seen: number[] = [];
      await askAll(limited, 16_000, 64, (done) => {
        if (done > 8000) seen.push(server.inFlight);
      });
      const median = seen.sort((a, b) => a - b)[seen.length >> 1] as number;
      expect(median).toBeGreaterThanOrEqual(capacity - 1);
      expect(median).toBeLessThanOrEqual(1.6 * capacity + 1);
      expect(server.work / capacity / clock.now()).toBeGreaterThan(0.93);
      expect(logged).toHaveLength(1);
      expect(logged[0]).toMatch(/^the server queues: \d+ requests in flight are as fast as 64$/);
    },
  );

  it("is asked more again when it serves more", { timeout: 120_000 }, async () => {
    const { server, limited } = openWith(64, {
      latency: toLatencies(1000, 0.5),
      capacity: (now) => (now < 500_000 ? 8 : 64),
    });
    const seen: number[] = [];
    await askAll(limited, 20_000, 64, (done) => {
      if (done === 3900) seen.push(server.inFlight);
      if (done === 19_000) seen.push(server.inFlight);
    });
    expect(seen[0]).toBeLessThan(20);
    expect(seen[1]).toBeGreaterThan(55);
  });

  it("is not a server that only became faster", async () => {
    let replies = 0;
    const slow = toLatencies(1000, 0.5);
    const { limited, limits, logged } = openWith(32, {
      // Faster just when half the load is tried for the first time.
      latency: () => (replies > 8 * 32 ? 0.5 : 1) * slow(),
    });
    await askAll(limited, 4000, 32, (done) => {
      replies = done;
    });
    expect(logged).toEqual([]);
    expect(limits.allowed).toBe(32);
  });
});

describe("a server's headers", () => {
  /** Four requests a second, told as OpenAI does. */
  const toHeaders = (remaining: number, reset: string) =>
    new Headers({
      "x-ratelimit-limit-requests": "4",
      "x-ratelimit-remaining-requests": `${remaining}`,
      "x-ratelimit-reset-requests": reset,
    });

  it("let nothing out that they leave no room for, until the reset", async () => {
    const { clock, limits } = open(16);
    const times: number[] = [];
    let end = 0;
    let taken = 0;
    const chat = limits.wrap(async () => {
      const now = clock.now();
      times.push(now);
      if (now >= end) [end, taken] = [now + 1000, 0];
      taken += 1;
      const remaining = 4 - taken;
      limits.observe(toHeaders(Math.max(0, remaining), `${end - now}ms`));
      await clock.sleep(100);
      if (remaining < 0) throw limited();
      return toSaid("");
    });
    await askAll(chat, 4, 1);
    await askAll(chat, 40, 16);
    const seconds = times.map((time) => Math.floor(time / 1000));
    for (const second of new Set(seconds))
      expect(seconds.filter((one) => one === second)).toHaveLength(4);
  });

  it("hold a request for which too few tokens are left", async () => {
    const { clock, limits } = open(4);
    const times: number[] = [];
    const chat = limits.wrap(async () => {
      times.push(clock.now());
      if (times.length === 1)
        limits.observe(
          new Headers({
            "x-ratelimit-remaining-tokens": "305",
            "x-ratelimit-reset-tokens": "30s",
          }),
        );
      await clock.sleep(100);
      // 100 tokens of the prompt's 400 bytes, and 10 of the reply.
      return toSaid("");
    });
    await chat(request(0));
    await Promise.all([1, 2, 3].map((seed) => chat(request(seed))));
    expect(times).toEqual([0, 100, 100, 30_000]);
  });

  it("hold nothing for ever where the server falls silent", async () => {
    const { clock, limits } = open(8);
    let told = false;
    const chat = limits.wrap(async () => {
      if (!told) limits.observe(toHeaders(0, "1s"));
      told = true;
      await clock.sleep(100);
      return toSaid("");
    });
    await askAll(chat, 100, 8);
    expect(clock.now()).toBeLessThan(5000);
  });
});

describe("limits before a real server", () => {
  const messages = [
    { role: "system" as const, content: "Write 2." },
    { role: "user" as const, content: '{\n"Options": ["True", "False"],\n"Answer": "True"\n}' },
  ];

  async function openReal(concurrency: number, options: ServerOptions) {
    const server = await openOpenaiServer(options);
    onTestFinished(() => server.close());
    const clock = {
      now: Date.now,
      sleep: (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms)),
    };
    const log = () => {};
    const limits = openLimits({ concurrency, clock, log });
    const asking = openChat({
      endpoint: { baseUrl: server.url, apiKey: null, official: false },
      parameters: { model: "test-model", temperature: 1, topP: 1, maxTokens: 64 },
      timeout: 20,
      fetch,
      now: clock.now,
      observe: limits.observe,
      log,
    });
    const chat = withRetries(limits.wrap(asking), { retries: 2, clock, patience: 60_000 });
    return { server, limits, chat };
  }

  it("keep to its rate and bring every reply", async () => {
    const rate = { requests: 10, window: 250 };
    const { server, chat } = await openReal(8, { rate, latency: () => 5 });
    const seeds = Array.from({ length: 60 }, (_, seed) => seed);
    const all = await Promise.all(seeds.map((seed) => chat({ messages, seed, key: `${seed}` })));
    expect(all.map(({ text }) => text)).toEqual(seeds.map((seed) => toReply(messages, seed)));
    // At the start nothing is known; then only what leaves just before a reset can be one too many.
    const refused = server.asked.filter(({ status }) => status === 429).length;
    expect(refused).toBeLessThan(20);
  });

  it("never have more in flight than the concurrency", async () => {
    const { server, chat } = await openReal(5, { capacity: 2, latency: () => 2 });
    const seeds = Array.from({ length: 60 }, (_, seed) => seed);
    await Promise.all(seeds.map((seed) => chat({ messages, seed, key: `${seed}` })));
    expect(server.maxInFlight).toBeLessThanOrEqual(5);
    expect(server.asked).toHaveLength(60);
  });
});
