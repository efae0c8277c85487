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
import type { Chat, Clock, Parameters, Spending } from "./chat.ts";
import { BatchPending } from "./errors.ts";
import { createReplay, openJournal, readJournal, readJournals, withJournal } from "./journal.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createLimits } from "./limits.ts";
import { loadLlama } from "./llama.ts";
import { openLocalModel } from "./local-model.ts";
import { openChat } from "./open-chat.ts";
import type { PriceList } from "./prices.ts";
import { computeCost, type ModelPrices } from "./run-prices.ts";

/** What answers a run's requests: a recording, or the journals and then the model. */
export interface RunChat {
  /** A chat with these parameters; all of them share one journal, one limit and one budget. */
  chat: (parameters: Parameters, prices: PriceList | null) => Chat;
  /** Whether a request would be asked, since no journal holds its reply. */
  isLive: (key: string) => boolean;
  /** Requests at the model now; null: that is not known here. */
  readonly inFlight: number | null;
  /** Requests that may be in flight now. */
  readonly allowed: number;
  /** Requests that were sent and whose reply never came; their tokens at most. */
  readonly lost: { requests: number; tokens: number };
  /** Waits for the replies that are out: a label check may outlive the need for it. */
  idle: () => Promise<void>;
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
export interface RunChatOptions {
  completions: Completions;
  folder: string;
  /** Folders whose journals may hold a reply already, its own among them or not. */
  neighbours: readonly string[];
  flags: Flags;
  budget: Budget;
  prices: ModelPrices;
  clock: Clock;
  ctx: Pick<Context, "fetch" | "log">;
}

/**
 * Opens what answers a run's requests: a recording, or the journal of `folder`, those of its
 * neighbours, and then the model. Close it.
 * @throws ExpectedError
 */
export async function openRunChat(options: RunChatOptions): Promise<RunChat> {
  const { completions, flags } = options;
  if (completions.kind === "live") return openLive(options, completions);
  const { folder } = completions.recording;
  const journal = readJournal(join(folder, recordingFiles.journal));
  return {
    chat: () => createReplay(journal, folder),
    isLive: () => false,
    inFlight: null,
    allowed: flags.concurrency,
    lost: { requests: 0, tokens: 0 },
    idle: async () => {},
    close: async () => journal.close(),
  };
}

type LiveCompletions = Extract<Completions, { kind: "live" }>;

async function openLive(options: RunChatOptions, model: LiveCompletions): Promise<RunChat> {
  const { folder, flags, neighbours, clock, ctx } = options;
  const { log } = ctx;
  const journal = openJournal(join(folder, recordingFiles.journal), log);
  const known = readJournals(
    neighbours.filter((other) => other !== folder),
    log,
  );
  const ledger = openLedger(folder, log);
  const limits = createLimits({ concurrency: flags.concurrency, clock, log });
  const { ask, close } = await openModel(options, model, { journal, ledger, limits });
  const out = new Set<Promise<unknown>>();
  return {
    chat(parameters, prices) {
      const chat = withJournal(ask(parameters, prices), journal, known);
      return (request) => {
        const reply = chat(request);
        const arrived = reply.catch(() => {}).finally(() => out.delete(arrived));
        out.add(arrived);
        return reply;
      };
    },
    isLive: (key) => !journal.has(key) && !known.some(({ has }) => has(key)),
    get inFlight() {
      return flags.batch ? null : limits.inFlight;
    },
    get allowed() {
      return limits.allowed;
    },
    get lost() {
      return ledger.lost;
    },
    async idle() {
      while (out.size > 0) await Promise.all(out);
    },
    async close() {
      await close();
      ledger.close();
      for (const one of [journal, ...known]) one.close();
    },
  };
}

/** What asks a model; each try is paid. */
interface Asking {
  ask: (parameters: Parameters, prices: PriceList | null) => Chat;
  close: () => Promise<void>;
}

interface Opened {
  journal: ReturnType<typeof openJournal>;
  ledger: Ledger;
  limits: ReturnType<typeof createLimits>;
}

/** Opens a live creation's model: a server asked at once or by batches, or a file in this process. */
async function openModel(
  options: RunChatOptions,
  { endpoint, file }: LiveCompletions,
  { journal, ledger, limits }: Opened,
): Promise<Asking> {
  const { folder, flags, budget, clock, ctx } = options;
  const { timeout, retries, concurrency } = flags;
  const pay = (parameters: Parameters, prices: PriceList | null) => (chat: Chat) =>
    budget.wrap(chat, { ledger: flags.batch ? null : ledger, prices, parameters });
  const close = async () => {};

  if (file !== null) {
    const { log } = ctx;
    const model = openLocalModel({ file, concurrency, load: loadLlama, now: clock.now, log });
    return {
      ask: (parameters, prices) => limits.wrap(pay(parameters, prices)(model.chat(parameters))),
      close: model.close,
    };
  }
  if (endpoint === null)
    throw new ExpectedError(
      `${folder}: not all is finished, and there is no language model to ask: ${howToAsk}`,
    );
  if (flags.batch) {
    const before = ledger.spent;
    const shared = { endpoint, timeout, retries, clock, ...ctx };
    const chats = await createBatchChats({ ...shared, journal, ledger });
    correctBudget(options, before, ledger.spent);
    return { ask: (parameters, prices) => pay(parameters, prices)(chats(parameters)), close };
  }
  if (ledger.batches.some(({ ended }) => ended === null))
    throw new ExpectedError(
      `${folder}: expected --batch, since a batch is out: asking at once would pay twice`,
    );
  const { baseUrl: baseURL, apiKey } = endpoint;
  return {
    ask: (parameters, prices) =>
      openChat({
        ...{ baseURL, apiKey, ...parameters, timeout, retries, limits, clock, ...ctx },
        wrapTry: pay(parameters, prices),
      }),
    close,
  };
}

/** Corrects what a budget counted of batches that were out: at most before they were collected. */
function correctBudget({ budget, prices }: RunChatOptions, before: Spending, after: Spending) {
  const [first, last] = [computeCost(before, prices), computeCost(after, prices)];
  budget.charge(
    {
      promptTokens: after.promptTokens - before.promptTokens,
      completionTokens: after.completionTokens - before.completionTokens,
    },
    first === null || last === null ? null : last - first,
  );
}
