import { AsyncLocalStorage } from "node:async_hooks";
import type { Chat, ChatRequest, Clock, Completion } from "./chat.ts";
import { openInFlight } from "./in-flight.ts";
import { type Latencies, openLatencies } from "./latencies.ts";
import { openQueueWatch } from "./queue-watch.ts";
import { parseRateHeaders } from "./rate-headers.ts";
import { type Mark, openRateGate } from "./rate-limits.ts";
import { RetryableError } from "./retries.ts";
import type { Watched } from "./trial.ts";

/** How much is asked at once: one for all chats with a server. */
export interface Limits {
  /** A chat that waits for its turn, first come first served. */
  wrap: (chat: Chat) => Chat;
  /** Learns from the headers of a response. */
  observe: (headers: Headers) => void;
  readonly inFlight: number;
  /** How many may be in flight. Right after a cut more can still be out. */
  readonly allowed: number;
}

/** What limits begin with. */
export interface LimitsOptions {
  /** Requests in flight at most, and to begin with. */
  concurrency: number;
  clock: Clock;
  log: (line: string) => void;
}

/** A request that waits for its turn. */
interface Waiting {
  bytes: number;
  kind: Latencies;
  enter: (ticket: Ticket) => void;
}

/** A request that is out. */
interface Ticket {
  mark: Mark;
  watched: Watched;
}

/** The pause after a 429 that names none, doubled with each in a row, in milliseconds. */
const pause = { first: 200, most: 30_000 };

/**
 * Opens limits that adapt to the server. A 429 halves what is allowed, once for all that was out then,
 * and success brings it back; nothing is sent while the server asks to wait or its headers leave
 * nothing; and where more in flight only wait in the server's own queue, fewer are sent.
 */
export function openLimits({ concurrency, clock, log }: LimitsOptions): Limits {
  const gate = openRateGate();
  const watch = openQueueWatch(concurrency);
  const room = openInFlight(concurrency);
  const tickets = new AsyncLocalStorage<Ticket>();
  const waiting: Waiting[] = [];
  let inFlight = 0;
  let sent = 0;
  /** What was sent before the last cut says nothing about what is allowed since. */
  let sentAtCut = 0;
  let refusals = 0;
  let wakesAt = Number.POSITIVE_INFINITY;
  let told = false;

  const toAllowed = () => Math.min(room.allowed, watch.level);
  const isFull = (level: number) => inFlight >= 0.9 * level;

  const send = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (inFlight >= toAllowed()) return;
      const now = clock.now();
      const at = gate.opensAt(next.bytes, now);
      if (at === Number.POSITIVE_INFINITY && inFlight === 0) {
        gate.forget();
        continue;
      }
      if (at > now) return wakeAt(at, now);
      waiting.shift();
      inFlight += 1;
      const mark = gate.send(next.bytes);
      sent = mark.requests;
      next.enter({ mark, watched: watch.send(next.kind, now) });
    }
  };

  const wakeAt = (at: number, now: number) => {
    if (at >= wakesAt || at === Number.POSITIVE_INFINITY) return;
    wakesAt = at;
    clock.sleep(Math.ceil(at - now)).then(() => {
      if (wakesAt === at) wakesAt = Number.POSITIVE_INFINITY;
      send();
    });
  };

  const succeed = ({ mark, watched }: Ticket, completion: Completion) => {
    refusals = 0;
    gate.learn(completion);
    if (isFull(toAllowed()) && mark.requests > sentAtCut) room.grow();
    const before = watch.enough;
    watch.take(watched, completion.ms, isFull(watch.level), clock.now());
    if (watch.enough >= before || told) return;
    told = true;
    log(`the server queues: ${watch.enough} requests in flight are as fast as ${before}`);
  };

  const fail = ({ mark }: Ticket, error: unknown) => {
    if (!(error instanceof RetryableError)) return;
    gate.close(error.retryAfter * 1000, clock.now());
    if (!error.limited || mark.requests <= sentAtCut) return;
    gate.close(Math.min(pause.first * 2 ** refusals, pause.most), clock.now());
    refusals += 1;
    room.halve(inFlight);
    sentAtCut = sent;
    watch.reset();
  };

  const wrap = (chat: Chat): Chat => {
    const kind = openLatencies();
    return async (request) => {
      const bytes = toBytes(request);
      const ticket = await new Promise<Ticket>((enter) => {
        waiting.push({ bytes, kind, enter });
        send();
      });
      try {
        const completion = await tickets.run(ticket, () => chat(request));
        succeed(ticket, completion);
        return completion;
      } catch (error) {
        fail(ticket, error);
        throw error;
      } finally {
        inFlight -= 1;
        send();
      }
    };
  };

  return {
    wrap,
    observe(headers) {
      const now = clock.now();
      gate.tell(parseRateHeaders(headers, now), tickets.getStore()?.mark, now);
      send();
    },
    get inFlight() {
      return inFlight;
    },
    get allowed() {
      return toAllowed();
    },
  };
}

function toBytes({ messages }: ChatRequest): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}
