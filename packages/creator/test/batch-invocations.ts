import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError, hashValue, toMessage } from "@seedling/core/internal";
import { expect, onTestFinished } from "vitest";
import type { BatchOptions } from "../src/llm/batch-api.ts";
import { createBatchChats } from "../src/llm/batch-chat.ts";
import type { ChatRequest, Completion } from "../src/llm/chat.ts";
import { openJournal, withJournal } from "../src/llm/journal.ts";
import { openLedger, readLedger } from "../src/llm/ledger.ts";
import { renderOwnInstruction } from "../src/prompt/instruction.ts";
import { renderShown } from "../src/prompt/prompt.ts";
import { type BatchServer, type BatchServerOptions, openBatchServer } from "./batch-server.ts";
import { closed } from "./shapes.ts";

export const parameters = { model: "test-model", temperature: 1, topP: 1, maxTokens: 256 };
export const clock = { now: Date.now, sleep: (ms: number) => sleep(Math.min(ms, 20)) };

/** Requests that differ by their seed alone, as those of one asking after the other. */
export function toRequests(count: number, model = parameters.model): ChatRequest[] {
  const messages: ChatRequest["messages"] = [
    { role: "system", content: renderOwnInstruction("fixed", 5) },
    { role: "user", content: renderShown(closed.formatting, closed.options) },
  ];
  return Array.from({ length: count }, (_, seed) => ({
    messages,
    seed,
    key: hashValue({ ...parameters, model, messages, seed }),
  }));
}

export async function serve(options: BatchServerOptions = {}): Promise<BatchServer> {
  const server = await openBatchServer(options);
  onTestFinished(server.close);
  return server;
}

/** What one invocation of the command came to. */
interface Invocation {
  /** By key. */
  replies: Map<string, Completion>;
  errors: unknown[];
  logged: string[];
  spent: { promptTokens: number; completionTokens: number };
}

/** One invocation: opens everything anew and asks, as a creation does that starts or goes on. */
export async function invoke(
  server: BatchServer,
  folder: string,
  requests: readonly ChatRequest[],
  more: Partial<BatchOptions> = {},
): Promise<Invocation> {
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const journal = openJournal(join(folder, "journal.jsonl"), log);
  const ledger = openLedger(folder, log);
  try {
    const chat = await createBatchChats({
      ledger,
      journal,
      endpoint: { baseUrl: server.url, official: false, apiKey: null },
      timeout: 5,
      retries: 2,
      fetch,
      clock,
      log,
      quiet: 20,
      ...more,
    });
    const spent = ledger.spent.batched;
    const asking = withJournal(chat(parameters), journal, []);
    const ended = await Promise.allSettled(requests.map(asking));
    const replies = ended.flatMap((one, i): [string, Completion][] =>
      one.status === "fulfilled" ? [[(requests[i] as ChatRequest).key, one.value]] : [],
    );
    const errors = ended.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    return { replies: new Map(replies), errors, logged, spent };
  } finally {
    ledger.close();
    journal.close();
  }
}

/** Whether a creation's folder waits for a batch. */
export function hasOpenBatch(folder: string): boolean {
  return readLedger(folder).batches.some(({ ended }) => ended === null);
}

/** What every error of an invocation says, where they all say one thing. */
export function toSaid({ errors }: Invocation): string {
  const said = new Set(errors.map(toMessage));
  expect(said.size).toBe(1);
  return [...said][0] as string;
}

export async function fail(asking: Promise<unknown>): Promise<string> {
  const error = await asking.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExpectedError);
  return toMessage(error);
}
