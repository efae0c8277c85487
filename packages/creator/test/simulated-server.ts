import { createRandom } from "@seedling/core/internal";
import type { Chat, Clock } from "../src/llm/chat.ts";
import { RetryableError } from "../src/llm/errors.ts";
import { createLimits } from "../src/llm/limits.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";

/** How a simulated server behaves; times in milliseconds of its clock. */
export interface SimulatedOptions {
  clock: Clock;
  /** How long it works on the next request. */
  latency: () => number;
  /** How many requests it works on together at a time of the clock; the others queue. Left out: any number. */
  capacity?: (now: number) => number;
  /** Finds the error that refuses the next request at once, given how many were taken before; null: it is taken. */
  refuse?: (now: number, taken: number) => RetryableError | null;
}

/** What a simulated server saw. */
export interface SimulatedServer {
  chat: Chat;
  /** Seeds of the requests, in the order of arrival. */
  arrived: number[];
  inFlight: number;
  maxInFlight: number;
  refused: number;
  /** Milliseconds of work, all requests together. */
  work: number;
}

/** Opens a server that says nothing, on a simulated clock. */
export function openSimulatedServer(options: SimulatedOptions): SimulatedServer {
  const { clock, latency, capacity = () => Infinity, refuse = () => null } = options;
  const waiting: (() => void)[] = [];
  let busy = 0;
  let taken = 0;

  const admit = () => {
    while (waiting.length > 0 && busy < capacity(clock.now())) {
      busy += 1;
      waiting.shift()?.();
    }
  };

  const server: SimulatedServer = {
    arrived: [],
    inFlight: 0,
    maxInFlight: 0,
    refused: 0,
    work: 0,
    async chat({ seed }) {
      const start = clock.now();
      server.arrived.push(seed);
      server.inFlight += 1;
      server.maxInFlight = Math.max(server.maxInFlight, server.inFlight);
      try {
        const refusal = refuse(start, taken);
        if (refusal) {
          server.refused += 1;
          await clock.sleep(20);
          throw refusal;
        }
        taken += 1;
        await new Promise<void>((enter) => {
          waiting.push(enter);
          admit();
        });
        const ms = latency();
        server.work += ms;
        await clock.sleep(ms);
        busy -= 1;
        admit();
        return toSaid("", { ms: clock.now() - start });
      } finally {
        server.inFlight -= 1;
      }
    },
  };
  return server;
}

/** Latencies of a mean: constant for a sigma of 0, else log-normal. */
export function toLatencies(mean: number, sigma: number, seed = 1): () => number {
  const random = createRandom("latencies", seed);
  return () => mean * Math.exp(sigma * random.normal() - sigma ** 2 / 2);
}

/** Asks n requests, so many at once. @param each gets the number of replies so far, as each comes */
export async function askAll(
  chat: Chat,
  n: number,
  concurrency: number,
  each: (done: number) => void = () => {},
): Promise<void> {
  let next = 0;
  let done = 0;
  const ask = async () => {
    while (next < n) {
      const seed = next++;
      await chat({ messages: [{ role: "user", content: "x".repeat(400) }], seed, key: `${seed}` });
      each(++done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
}

/** Limits on a simulated clock, and what they said. */
export function openLimits(concurrency: number) {
  const clock = openSimulatedClock();
  const logged: string[] = [];
  const limits = createLimits({ concurrency, clock, log: (line) => logged.push(line) });
  return { clock, logged, limits };
}

/** A request of 400 bytes, or of this content. */
export const toLongRequest = (seed: number, content = "x".repeat(400)) => ({
  messages: [{ role: "user" as const, content }],
  seed,
  key: `${seed}`,
});

/** A 429. */
export const toRefusal = (retryAfter = 0) =>
  new RetryableError("too much", { code: "rate limit", retryAfter });
