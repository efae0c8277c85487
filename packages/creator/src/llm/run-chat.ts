import { join } from "node:path";
import {
  type Completions,
  type Context,
  type Flags,
  recordingFiles,
} from "@seedling/core/internal";
import type { Budget } from "./budget.ts";
import type { Chat, Clock, Parameters } from "./chat.ts";
import { openJournal, openReplay, readJournal, readJournals, withJournal } from "./journal.ts";
import { openLedger, openUnwritten, spendingFile } from "./ledger.ts";
import { openLimits } from "./limits.ts";
import { openServer } from "./open-server.ts";
import type { PriceList } from "./prices.ts";
import type { ModelPrices } from "./run-prices.ts";

/** What answers a creation's requests, whoever it is. */
export interface RunChat {
  /** A chat with these parameters; all of them share one journal, one limit and one budget. */
  chat: (parameters: Parameters, prices: PriceList | null) => Chat;
  /** Whether a request would be asked, since no journal holds its reply. */
  isLive: (key: string) => boolean;
  /** Requests at the model now; null: that is not known here. */
  readonly inFlight: number | null;
  /** Requests that may be in flight now. */
  readonly allowed: number;
  /** Requests that were sent and whose reply never came; their tokens at worst. */
  readonly lost: { requests: number; tokens: number };
  /** Waits for the replies that are out: a label check may outlive the need for it. */
  idle: () => Promise<void>;
  close: () => Promise<void>;
}

/** What opening one takes. */
export interface RunChatOptions {
  completions: Completions;
  folder: string;
  /** Folders whose journals may hold the reply already, its own among them or not. */
  neighbours: readonly string[];
  flags: Flags;
  budget: Budget;
  prices: ModelPrices;
  clock: Clock;
  ctx: Pick<Context, "fetch" | "log">;
}

/**
 * Opens what answers a creation's requests: a recording, or the journal of `folder`, those of its
 * neighbours, and then the model.
 */
export async function openRunChat(options: RunChatOptions): Promise<RunChat> {
  const { completions, folder } = options;
  return completions.kind === "live"
    ? openLive(options, completions, folder)
    : openRecorded(completions.recording.folder, options.flags);
}

function openRecorded(folder: string, { concurrency }: Flags): RunChat {
  const journal = readJournal(join(folder, recordingFiles.journal));
  return {
    chat: () => openReplay(journal, folder),
    isLive: () => false,
    inFlight: null,
    allowed: concurrency,
    lost: { requests: 0, tokens: 0 },
    idle: async () => {},
    close: async () => journal.close(),
  };
}

async function openLive(
  { flags, neighbours, budget, prices, clock, ctx }: RunChatOptions,
  model: Extract<Completions, { kind: "live" }>,
  folder: string,
): Promise<RunChat> {
  const { log } = ctx;
  const journal = openJournal(join(folder, recordingFiles.journal), log);
  const known = readJournals(neighbours.filter((other) => other !== folder));
  // Batches are written down in their own log.
  const ledger = flags.batch ? openUnwritten() : openLedger(join(folder, spendingFile), log);
  const limits = openLimits({ concurrency: flags.concurrency, clock, log });
  const server = await openServer({
    model,
    flags,
    folder,
    journal,
    limits,
    charge: (usage) => budget.charge(usage, prices.creating?.usd(usage) ?? null),
    clock,
    ctx,
  });
  const out = new Set<Promise<void>>();
  const watch =
    (chat: Chat): Chat =>
    (request) => {
      const reply = chat(request);
      const arrived = reply
        .then(
          () => {},
          () => {},
        )
        .finally(() => out.delete(arrived));
      out.add(arrived);
      return reply;
    };
  return {
    chat(parameters, prices) {
      const chat = server.chat(parameters, (asking) =>
        budget.wrap(asking, { ledger, prices, parameters }),
      );
      return watch(withJournal(chat, journal, known));
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
      await server.close();
      ledger.close();
      journal.close();
      for (const one of known) one.close();
    },
  };
}
