import { ExpectedError } from "@seedling/core/internal";
import { type Fault, toReply } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { PermanentError, RetryableError } from "../src/llm/errors.ts";
import { withRetries } from "../src/llm/retries.ts";
import { messages, openServerChat, toFailure, toRequest } from "./server-chat.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";

/** A chat on a simulated clock that throws these one after the other, then answers. */
function toFaulty(...errors: Error[]) {
  const clock = openSimulatedClock();
  const times: number[] = [];
  const chat: Chat = async () => {
    times.push(clock.now());
    const error = errors[times.length - 1];
    if (error) throw error;
    return toSaid("x");
  };
  return { clock, times, chat };
}

const full = (retryAfter = 0) => new RetryableError("full", { code: "rate limit", retryAfter });

describe("withRetries", () => {
  it("passes a completion on as it is", async () => {
    const { clock, chat } = toFaulty();
    const retried = withRetries(chat, { retries: 2, clock, model: "m" });
    expect(await retried(toRequest(1))).toEqual(toSaid("x"));
  });

  it("waits once to twice half a second, doubled each time", async () => {
    const errors = Array.from({ length: 9 }, () => new RetryableError("cut"));
    const { clock, times, chat } = toFaulty(...errors);
    await withRetries(chat, { retries: 9, clock, model: "m" })(toRequest(77));
    const waits = times.slice(1).map((time, n) => time - (times[n] as number));
    for (const [n, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(500 * 2 ** n, 60_000));
      expect(wait).toBeLessThanOrEqual(Math.min(1000 * 2 ** n, 60_000));
    }
  });

  it.each([
    [2, 2000],
    [0.1, 500],
  ])("waits as long as the server asks (%d s), and never less than by itself", async (s, least) => {
    const { clock, times, chat } = toFaulty(new RetryableError("wait", { retryAfter: s }));
    await withRetries(chat, { retries: 1, clock, model: "m" })(toRequest(1));
    expect(times[1]).toBeGreaterThanOrEqual(least);
    expect(times[1]).toBeLessThan(2 * least);
  });

  it.each([0, 1, 4])("gives up after %d more tries, and says after how many", async (retries) => {
    const { clock, times, chat } = toFaulty(
      ...Array.from({ length: 9 }, () => new RetryableError("cut")),
    );
    const error = await toFailure(withRetries(chat, { retries, clock, model: "m" }));
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toBe(retries > 0 ? `cut (after ${retries + 1} tries)` : "cut");
    expect(times).toHaveLength(retries + 1);
  });

  it.each([
    ["a 4xx", new PermanentError("no")],
    ["another expected error", new ExpectedError("no")],
    ["a bug", new TypeError("x is not a function")],
    ["something thrown by a bug", new RangeError("no")],
  ])("lets through at once what stays so: %s", async (_, thrown) => {
    const { clock, times, chat } = toFaulty(thrown);
    expect(await toFailure(withRetries(chat, { retries: 5, clock, model: "m" }))).toBe(thrown);
    expect(times).toEqual([0]);
  });
});

describe("a 429", () => {
  it("uses up no try", async () => {
    const { clock, times, chat } = toFaulty(...Array.from({ length: 40 }, () => full()));
    await withRetries(chat, { retries: 0, clock, model: "m" })(toRequest(1));
    expect(times).toHaveLength(41);
    expect(clock.now()).toBeLessThan(600_000);
  });

  it("is borne as long as replies come through to others", async () => {
    const clock = openSimulatedClock();
    let tries = 0;
    const chat: Chat = async ({ seed }) => {
      if (seed !== 1) return toSaid("y");
      tries += 1;
      if (clock.now() < 500_000) throw full(10);
      return toSaid("x");
    };
    const retried = withRetries(chat, { retries: 0, clock, model: "m" });
    const other = async () => {
      for (let seed = 2; seed < 30; seed++) {
        await clock.sleep(20_000);
        await retried(toRequest(seed));
      }
    };
    const [one] = await Promise.all([retried(toRequest(1)), other()]);
    expect(one.text).toBe("x");
    expect(tries).toBe(51);
  });

  it("leaves other failures their tries", async () => {
    const errors = [full(), new RetryableError("cut"), full(), new RetryableError("cut"), full()];
    const { clock, times, chat } = toFaulty(...errors);
    await withRetries(chat, { retries: 2, clock, model: "m" })(toRequest(1));
    expect(times).toHaveLength(6);
  });
});

describe("withRetries before a real server", () => {
  /** How long was waited, in milliseconds, though no time passes. */
  const waits: number[] = [];
  const clock = { now: Date.now, sleep: async (ms: number) => void waits.push(ms) };
  const retry = (chat: Chat, retries: number) => withRetries(chat, { retries, clock, model: "m" });

  it.each(["429", "500", "cut before", "cut half", "html", "nonsense", "half JSON"] as Fault[])(
    "asks again until the same completion arrives: %s",
    async (fault) => {
      const { server, chat } = await openServerChat({
        faults: (n) => (n < 2 ? fault : undefined),
      });
      const retried = retry(chat, 3);
      const [one, other] = await Promise.all([retried(toRequest(1)), retried(toRequest(2))]);
      expect(one.text).toBe(toReply(messages, 1));
      expect(other.text).toBe(toReply(messages, 2));
      expect(server.asked).toHaveLength(4);
    },
  );

  it("waits as long as the server asks", async () => {
    const { chat } = await openServerChat({ faults: (n) => (n === 0 ? "429 wait 1" : undefined) });
    waits.length = 0;
    await retry(chat, 1)(toRequest(1));
    expect(waits).toEqual([1000]);
  });

  it.each([
    ["a wrong key", { key: "k" }, "answered 401"],
    ["an unknown model", { models: ["other"] }, "answered 404"],
  ])("never asks again for what stays so: %s", async (_, options, message) => {
    const { server, chat } = await openServerChat(options);
    const error = await toFailure(retry(chat, 5));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("tries");
    expect(server.asked).toHaveLength(1);
  });
});
