import { join } from "node:path";
import {
  type Completions,
  type Context,
  ExpectedError,
  type Flags,
  howToAsk,
  recordingFiles,
} from "@seedling/core/internal";
import { createBatchChats } from "./batch-chat.ts";
import { type Budget, CapReached } from "./budget.ts";
import type { Chat, Clock, Parameters } from "./chat.ts";
import { BatchPending } from "./errors.ts";
import { type Journal, openJournal, readJournals, withJournal } from "./journal.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createLimits, type Limits } from "./limits.ts";
import { loadLlama } from "./llama.ts";
import { openLocalModel } from "./local-model.ts";
import { openChat } from "./open-chat.ts";
import type { PriceList } from "./prices.ts";
import { computeCost, type ModelPrices } from "./prices.ts";

/** What answers a run's requests: a recording, or the journals and then the model. */
export interface RunChat {
  /** A chat with these parameters; all of them share one journal, one limit and one budget. */
  chat: (parameters: Parameters, prices: PriceList | null) => Chat;
  /** Whether a request would be asked, since no journal holds its reply. */
  isLive: (key: string) => boolean;
  /** How many requests are at the model, and may be; null: a batch or a recording takes any number. */
  limits: Pick<Limits, "inFlight" | "allowed"> | null;
  /** Requests that were sent and whose reply never came; their tokens at most. */
  readonly lost: { requests: number; tokens: number };
  close: () => Promise<void>;
}

/** Finds what ended a run early without being its failure: a cap, or a batch that is out; null: neither. */
export function findStop(error: unknown): "cap" | "batch" | null {
  if (error instanceof CapReached) return "cap";
  return error instanceof BatchPending ? "batch" : null;
}

/** What the runs of a command share. */
export interface StageDependencies {
  budget: Budget;
  clock: Clock;
}

/** What opening one takes. */
export interface RunChatOptions extends StageDependencies {
  completions: Completions;
  folder: string;
  /** Folders whose journals may hold a reply already, its own among them or not. */
  neighbours: readonly string[];
  flags: Flags;
  prices: ModelPrices;
  ctx: Pick<Context, "fetch" | "log">;
}

/**
 * Opens what answers a run's requests: a recording, or the journal of `folder`, those of its
 * neighbours, and then the model. Close it.
 * @throws ExpectedError
 */
export async function openRunChat(options: RunChatOptions): Promise<RunChat> {
  const { completions } = options;
  if (completions.kind === "live") return openLive(options, completions);
  const { folder } = completions.recording;
  const journal = openJournal(join(folder, recordingFiles.journal), () => {}, "read");
  const missing: Chat = async () => {
    throw new ExpectedError(
      `the recording in ${folder} holds no reply for the next request: it was made with other flags, data or another version, or it was cut`,
    );
  };
  return {
    chat: () => withJournal(missing, journal, []),
    isLive: () => false,
    limits: null,
    lost: { requests: 0, tokens: 0 },
    close: async () => journal.close(),
  };
}

type Live = Extract<Completions, { kind: "live" }>;

async function openLive(options: RunChatOptions, live: Live): Promise<RunChat> {
  const { folder, flags, neighbours, budget, ctx } = options;
  const journal = openJournal(join(folder, recordingFiles.journal), ctx.log);
  const others = neighbours.filter((other) => other !== folder);
  const known = readJournals(others, ctx.log);
  const ledger = openLedger(folder, ctx.log);
  const closeLogs = () => {
    for (const one of [ledger, journal, ...known]) one.close();
  };
  const model = await openModel(options, live, journal, ledger).catch((error: unknown) => {
    closeLogs();
    throw error;
  });
  return {
    chat(parameters, prices) {
      const account = { ledger: flags.batch ? null : ledger, prices, parameters };
      const asking = model.ask(parameters, (chat) => budget.wrap(chat, account));
      return withJournal(asking, journal, known);
    },
    isLive: (key) => ![journal, ...known].some(({ has }) => has(key)),
    limits: model.limits,
    get lost() {
      return ledger.lost;
    },
    async close() {
      await model.close?.();
      closeLogs();
    },
  };
}

/** A model: a server asked at once or by batches, or a file in this process. */
interface OpenedModel {
  /** @param pay pays for each try of a chat */
  ask: (parameters: Parameters, pay: (chat: Chat) => Chat) => Chat;
  /** null: a batch takes any number of requests. */
  limits: Limits | null;
  close?: () => Promise<void>;
}

async function openModel(
  { folder, flags, budget, prices, clock, ctx }: RunChatOptions,
  { endpoint, file }: Live,
  journal: Journal,
  ledger: Ledger,
): Promise<OpenedModel> {
  const { timeout, retries, concurrency, batch } = flags;
  const { log } = ctx;
  if (file !== null) {
    const model = openLocalModel({ file, concurrency, load: loadLlama, clock, log });
    const { limits, chat, close } = model;
    return { ask: (parameters, pay) => limits.wrap(pay(chat(parameters))), limits, close };
  }
  if (endpoint === null)
    throw new ExpectedError(
      `${folder}: not all is finished, and there is no language model to ask: ${howToAsk}`,
    );
  const shared = { timeout, retries, clock, ...ctx };
  if (batch) {
    // A batch that is out counts at most, until it is collected.
    budget.charge(ledger.spent, computeCost(ledger.spent, prices), -1);
    const chats = await createBatchChats({ ...shared, endpoint, journal, ledger });
    budget.charge(ledger.spent, computeCost(ledger.spent, prices));
    return { ask: (parameters, pay) => pay(chats(parameters)), limits: null };
  }
  if (ledger.batches.some(({ ended }) => ended === null))
    throw new ExpectedError(
      `${folder}: expected --batch, since a batch is out: asking at once would pay twice`,
    );
  const { baseUrl: baseURL, apiKey } = endpoint;
  const limits = createLimits({ concurrency, clock, log });
  return {
    ask: (parameters, wrapTry) =>
      openChat({ ...shared, ...parameters, baseURL, apiKey, limits, wrapTry }),
    limits,
  };
}
