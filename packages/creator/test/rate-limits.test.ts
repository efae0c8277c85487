import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createAllowance,
  longestWait,
  parseDuration,
  parseRateLimit,
  parseRetryAfter,
} from "../src/llm/rate-limits.ts";
import { toSaid } from "./shapes.ts";
import { askAll, openLimits, toLongRequest, toRefusal } from "./simulated-server.ts";

describe("parseDuration", () => {
  it.each([
    ["1s", 1000],
    ["6m0s", 360_000],
    ["20ms", 20],
    ["1m2.5s", 62_500],
    ["1h0m0s", 3_600_000],
    ["2d", 172_800_000],
    ["0s", 0],
    ["59.56s", 59_560],
    ["12", 12_000],
    ["0.25", 250],
    [" 7 ", 7000],
  ])("reads %s as %d ms", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 6);
  });

  it.each([null, "", " ", "soon", "-1s", "1 s", "s", "1m2", "1e9", "2026-01-01T00:00:00Z", "1s?"])(
    "reads nothing in %j",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it("sums the parts, whichever there are", () => {
    const parts = fc.record({ h: fc.nat(99), m: fc.nat(99), s: fc.nat(99), ms: fc.nat(999) });
    fc.assert(
      fc.property(parts, ({ h, m, s, ms }) => {
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`)).toBe(((h * 60 + m) * 60 + s) * 1000 + ms);
      }),
    );
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{}, 0],
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" }, 7000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "86400" }, longestWait],
    [{ "retry-after": "-3" }, 0],
    [{ "retry-after": "later" }, 0],
    [{ "retry-after-ms": "150", "retry-after": "1" }, 150],
    [{ "retry-after-ms": "x", "retry-after": "1" }, 1000],
  ])("reads %j as %d ms", (headers, ms) => {
    expect(parseRetryAfter(new Headers(headers as Record<string, string>), now)).toBe(ms);
  });
});

describe("parseRateLimit", () => {
  it("reads OpenAI's six headers", () => {
    const headers = new Headers({
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-limit-tokens": "200000",
      "x-ratelimit-remaining-requests": "499",
      "x-ratelimit-remaining-tokens": "199250",
      "x-ratelimit-reset-requests": "120ms",
      "x-ratelimit-reset-tokens": "225ms",
    });
    expect(parseRateLimit(headers, "requests")).toEqual({ limit: 500, remaining: 499, reset: 120 });
    expect(parseRateLimit(headers, "tokens")).toEqual({
      limit: 200_000,
      remaining: 199_250,
      reset: 225,
    });
  });

  it.each([
    [{}, null],
    [{ "x-ratelimit-remaining-tokens": "0" }, null],
    [{ "x-ratelimit-reset-tokens": "1s" }, null],
    [{ "x-ratelimit-remaining-tokens": "few", "x-ratelimit-reset-tokens": "1s" }, null],
    [
      { "x-ratelimit-remaining-tokens": "-5", "x-ratelimit-reset-tokens": "24h" },
      { limit: null, remaining: 0, reset: longestWait },
    ],
  ])("takes what it can use of %j", (headers, limit) => {
    const given = new Headers(headers as Record<string, string>);
    expect(parseRateLimit(given, "tokens")).toEqual(limit);
    expect(parseRateLimit(given, "requests")).toBeNull();
  });
});

const grant = (remaining: number, reset: number, limit: number | null = null) => ({
  remaining,
  reset,
  limit,
});

describe("an allowance", () => {
  it("holds nothing back before it knows anything", () => {
    expect(createAllowance().opensAt(1e9, 5)).toBe(5);
  });

  it("takes off what was sent after the request that is answered, and no more", () => {
    const allowance = createAllowance();
    const first = allowance.send(1);
    allowance.send(1);
    allowance.send(1);
    allowance.update(grant(3, 1000), first, 100);
    expect(allowance.opensAt(1, 100)).toBe(100);
    allowance.send(1);
    expect(allowance.opensAt(1, 100)).toBe(1100);
    expect(allowance.opensAt(1, 1099)).toBe(1100);
    expect(allowance.opensAt(1, 1100)).toBe(1100);
    expect(allowance.opensAt(1, 1200)).toBe(1200);
  });

  it("believes the reply to the latest request, not the latest reply", () => {
    const allowance = createAllowance();
    const first = allowance.send(10);
    const second = allowance.send(10);
    allowance.update(grant(5, 1000), second, 0);
    allowance.update(grant(99, 1000), first, 1);
    expect(allowance.opensAt(6, 2)).toBe(1000);
    expect(allowance.opensAt(5, 2)).toBe(2);
  });

  it("has the whole limit again after a reset, and then waits for another reply", () => {
    const allowance = createAllowance();
    allowance.update(grant(0, 50, 2), undefined, 0);
    expect(allowance.opensAt(1, 0)).toBe(50);
    expect(allowance.opensAt(1, 50)).toBe(50);
    allowance.send(1);
    allowance.send(1);
    expect(allowance.opensAt(1, 60)).toBe(Number.POSITIVE_INFINITY);
    allowance.forget();
    expect(allowance.opensAt(1, 60)).toBe(60);
  });

  it("lets a request through that is larger than the limit, once all of that is there", () => {
    const allowance = createAllowance();
    allowance.update(grant(99, 50, 100), undefined, 0);
    expect(allowance.opensAt(500, 0)).toBe(50);
    expect(allowance.opensAt(500, 50)).toBe(50);
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
    const { clock, limits } = openLimits(16);
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
      if (remaining < 0) throw toRefusal();
      return toSaid("");
    });
    await askAll(chat, 4, 1);
    await askAll(chat, 40, 16);
    const seconds = times.map((time) => Math.floor(time / 1000));
    for (const second of new Set(seconds))
      expect(seconds.filter((one) => one === second)).toHaveLength(4);
  });

  it("hold a request for which too few tokens are left", async () => {
    const { clock, limits } = openLimits(4);
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
    await chat(toLongRequest(0));
    await Promise.all([1, 2, 3].map((seed) => chat(toLongRequest(seed))));
    expect(times).toEqual([0, 100, 100, 30_000]);
  });

  it("hold nothing for ever where the server falls silent", async () => {
    const { clock, limits } = openLimits(8);
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
