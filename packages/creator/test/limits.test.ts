import { createRandom } from "@seedling/core/internal";
import { openOpenaiServer, type ServerOptions, toReply } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { RetryableError } from "../src/llm/errors.ts";
import { createLimits } from "../src/llm/limits.ts";
import { createServerChat } from "../src/llm/open-chat.ts";
import { withRetries } from "../src/llm/retries.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";
import {
  askAll,
  openLimits,
  openSimulatedServer,
  type SimulatedOptions,
  toLatencies,
  toLongRequest,
  toRefusal,
} from "./simulated-server.ts";

/** The same with a simulated server, retries round them. */
function openWith(concurrency: number, options: Omit<SimulatedOptions, "clock">, retries = 6) {
  const { clock, logged, limits } = openLimits(concurrency);
  const server = openSimulatedServer({ ...options, clock });
  const limited = limits.wrap(server.chat);
  const chat = withRetries(limited, { retries, clock, model: "m" });
  return { clock, logged, limits, server, limited, chat };
}

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
    await Promise.all(Array.from({ length: 50 }, (_, seed) => limited(toLongRequest(seed))));
    expect(server.arrived).toEqual(Array.from({ length: 50 }, (_, seed) => seed));
    expect(server.maxInFlight).toBe(3);
    expect(limits.inFlight).toBe(0);
  });

  it("work where one request is in flight at a time", async () => {
    const { server, chat, logged } = openWith(1, {
      latency: toLatencies(100, 0.5),
      refuse: (_, taken) => (server.refused * 10 < taken ? toRefusal() : null),
    });
    await askAll(chat, 500, 1);
    expect(server.maxInFlight).toBe(1);
    expect(server.refused).toBeGreaterThan(40);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain("waiting, at most 10 min (--max-wait)");
  });

  it("are shared by all chats they wrap", async () => {
    const { clock, limits } = openLimits(4);
    const one = openSimulatedServer({ clock, latency: () => 100 });
    const other = openSimulatedServer({ clock, latency: () => 100 });
    const chats = [limits.wrap(one.chat), limits.wrap(other.chat)];
    const all = Array.from({ length: 40 }, (_, n) => (chats[n % 2] as Chat)(toLongRequest(n)));
    await clock.sleep(50);
    expect(one.inFlight + other.inFlight).toBe(4);
    await Promise.all(all);
    expect(clock.now()).toBe(1000);
  });

  it("never stall, whatever a server refuses and tells", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom("limits", seed);
      const refused = random.next() / 2;
      const codes = ["rate limit", "server", "timeout", "unreached"] as const;
      const { limits, chat } = openWith(
        1 + Math.floor(20 * random.next()),
        {
          latency: toLatencies(1000, random.next(), seed),
          refuse() {
            if (random.next() < 0.3)
              limits.observe(
                new Headers({
                  "x-ratelimit-remaining-requests": `${Math.floor(3 * random.next())}`,
                  "x-ratelimit-reset-requests": `${random.next()}s`,
                  ...(random.next() < 0.5 ? { "x-ratelimit-limit-requests": "5" } : {}),
                }),
              );
            if (random.next() > refused) return null;
            const code = codes[Math.floor(4 * random.next())] ?? "server";
            return new RetryableError("no", { code, retryAfter: 3 * random.next() });
          },
        },
        1000,
      );
      let done = 0;
      await askAll(chat, 60, 30, () => {
        done += 1;
      });
      expect(done).toBe(60);
      expect(limits.inFlight).toBe(0);
    }
  });

  it("give a place back whatever a chat throws", async () => {
    const { limits } = openLimits(1);
    const broken = limits.wrap(async () => {
      throw new TypeError("no");
    });
    for (const seed of [1, 2]) await expect(broken(toLongRequest(seed))).rejects.toThrow(TypeError);
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
      refuse: () => toRefusal(),
    });
    const first = Array.from({ length: 16 }, (_, n) => chat(toLongRequest(n)).catch(() => {}));
    await Promise.all(first);
    expect(limits.allowed).toBe(8);
    const second = Array.from({ length: 8 }, (_, n) => chat(toLongRequest(n)).catch(() => {}));
    await clock.sleep(190);
    expect(server.inFlight).toBe(0);
    await clock.sleep(30);
    expect(server.inFlight).toBe(8);
    await Promise.all(second);
    expect(limits.allowed).toBe(4);
  });

  it.each([
    ["rate limit", 5],
    ["server", 5],
    ["rate limit", 599],
  ] as const)(
    "or a 503 (%s) lets nothing out for as long as the server asks (%d s)",
    async (code, retryAfter) => {
      const refusal = new RetryableError("wait", { code, retryAfter });
      const times: number[] = [];
      const { clock, limits } = openLimits(4);
      const chat = limits.wrap(async () => {
        times.push(clock.now());
        await clock.sleep(10);
        if (times.length === 1) throw refusal;
        return toSaid("");
      });
      const first = chat(toLongRequest(1)).catch(() => {});
      await first;
      await Promise.all([2, 3].map((seed) => chat(toLongRequest(seed))));
      expect(times[0]).toBe(0);
      expect(times[1]).toBe(10 + retryAfter * 1000);
    },
  );

  it.each([
    [
      "asks to wait longer than --max-wait",
      601,
      1,
      /wait; it asks to wait 10 min, --max-wait is 10 min/,
    ],
    [
      "gives no reply for so long",
      30,
      21,
      /wait; it gave no reply for 10 min, --max-wait is 10 min/,
    ],
  ])(
    "ends what is out and what comes where the server %s",
    async (_, retryAfter, tries, message) => {
      const { clock, limits } = openLimits(2);
      let sent = 0;
      const chat = withRetries(
        limits.wrap(async () => {
          sent += 1;
          throw new RetryableError("wait", { code: "rate limit", retryAfter });
        }),
        { retries: 0, clock, model: "m" },
      );
      const all = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((seed) => chat(toLongRequest(seed))),
      );
      for (const one of all)
        expect(one).toMatchObject({
          status: "rejected",
          reason: { message: expect.stringMatching(message) },
        });
      await expect(chat(toLongRequest(6))).rejects.toThrow(message);
      expect(sent).toBeLessThanOrEqual(2 * tries);
      expect(clock.now()).toBeLessThanOrEqual(700_000);
    },
  );

  it("comes seldom where it never ends, and all goes on once it does", async () => {
    const { server, chat, limits, clock } = openWith(64, {
      latency: toLatencies(1000, 0.5),
      refuse: (now) => (now > 30_000 && now < 500_000 ? toRefusal() : null),
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
        return window.taken > 10 ? toRefusal() : null;
      },
    });
    await askAll(chat, 3000, 64);
    expect(3000 / (clock.now() / 1000)).toBeGreaterThan(6);
    expect(server.refused).toBeLessThan(1500);
  });
});

describe("a server that queues", () => {
  it.each([
    [64, 4, 0],
    [64, 4, 1],
    [64, 10, 0.5],
    [64, 23, 0.5],
    [64, 32, 0.5],
    [16, 4, 0.5],
    [16, 6, 0],
  ])(
    "is named once, and kept busy: %d in flight, %d at once, sigma %d",
    async (concurrency, capacity, sigma) => {
      const { server, limited, logged, clock } = openWith(concurrency, {
        latency: toLatencies(1000, sigma),
        capacity: () => capacity,
      });
      await askAll(limited, 4000, concurrency);
      expect(server.work / capacity / clock.now()).toBeGreaterThan(0.97);
      expect(logged).toHaveLength(1);
      const [, times] = /a reply takes ([0-9.]+) times as long/.exec(logged[0] ?? "") ?? [];
      expect(Number(times)).toBeGreaterThan(1.5);
      expect(Number(times)).toBeLessThan(1.3 * (concurrency / capacity));
    },
  );

  it("is not a server that only became slower by chance, or faster", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { limited, logged } = openWith(32, { latency: toLatencies(1000, 1, seed) });
      await askAll(limited, 400, 32);
      expect(logged).toEqual([]);
    }
    let replies = 0;
    const slow = toLatencies(1000, 0.5);
    const { limited, logged } = openWith(32, {
      latency: () => (replies > 16 ? 0.5 : 1) * slow(),
    });
    await askAll(limited, 400, 32, (done) => {
      replies = done;
    });
    expect(logged).toEqual([]);
  });

  it("so that requests time out is asked half as much at once", async () => {
    const { clock, limits } = openLimits(16);
    const timeout = new RetryableError("no answer", { code: "timeout" });
    const chat = limits.wrap(async () => {
      await clock.sleep(1000);
      throw timeout;
    });
    const ask = (n: number) =>
      Promise.all(
        Array.from({ length: n }, (_, seed) => chat(toLongRequest(seed)).catch(() => {})),
      );
    await ask(16);
    expect(limits.allowed).toBe(8);
    // Unlike a 429 it lets the next ones out at once.
    await ask(8);
    expect(limits.allowed).toBe(4);
    expect(clock.now()).toBe(2000);
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
    const limits = createLimits({ concurrency, clock, log });
    const asking = createServerChat({
      endpoint: { baseUrl: server.url, apiKey: null, official: false },
      parameters: { model: "test-model", temperature: 1, topP: 1, maxTokens: 64 },
      timeout: 20,
      fetch,
      clock,
      observe: limits.observe,
      log,
    });
    const chat = withRetries(limits.wrap(asking), { retries: 2, clock, model: "m" });
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
