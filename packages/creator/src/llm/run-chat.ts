import { basename, join } from "node:path";
import {
  type Completions,
  type Context,
  dataKindOf,
  ExpectedError,
  type Flags,
  howToAsk,
  type Recorded,
  type Run,
  recordingFiles,
  recordValues,
  writeAtomic,
} from "@seedling/core/internal";
import { createBatchChats } from "./batch-chat.ts";
import { type Budget, CapReached } from "./budget.ts";
import type { Chat, Clock, Parameters } from "./chat.ts";
import { BatchPending } from "./errors.ts";
import { fillSlices } from "./example-slices.ts";
import {
  type Journal,
  openJournal,
  type Reused,
  readJournals,
  renderReused,
  withJournal,
} from "./journal.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createLimits } from "./limits.ts";
import { loadLlama } from "./llama.ts";
import { openLocalModel } from "./local-model.ts";
import { openChat } from "./open-chat.ts";
import { computeCost, type ModelPrices, type PriceList } from "./prices.ts";
import { createWaiting } from "./waiting.ts";

/** What answers a run's requests: a recording, or the journals and then the model. */
export type RunChat = Awaited<ReturnType<typeof openLive>>;

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
  /** The formatting example's file, which a recording without it may name slices of. */
  example?: string | undefined;
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
  const { completions, example = "" } = options;
  if (completions.kind === "live") return openLive(options, completions);
  const { folder, exampleSha256 } = completions.recording;
  const journal = openJournal(join(folder, recordingFiles.journal), () => {}, "read");
  const replay: Chat = async ({ key }) => {
    const completion = journal.find(key);
    if (completion && exampleSha256 === undefined) return completion;
    if (completion) return { ...completion, text: fillSlices(completion.text, example) };
    throw new ExpectedError(
      `the recording in ${folder} holds no reply for the next request: it was made with other flags, data or another version, or it was cut`,
    );
  };
  return {
    chat: () => replay,
    isLive: () => false,
    limits: null,
    lost: { requests: 0, tokens: 0 },
    close: async () => journal.close(),
  };
}

type Live = Extract<Completions, { kind: "live" }>;

async function openLive(options: RunChatOptions, live: Live) {
  const { folder, flags, neighbours, budget, ctx } = options;
  const journal = openJournal(join(folder, recordingFiles.journal), ctx.log);
  const others = neighbours.filter((other) => other !== folder);
  const known = readJournals(others, ctx.log);
  const reused: Reused = new Map();
  const ledger = openLedger(folder, ctx.log);
  const closeLogs = () => {
    for (const one of [ledger, journal, ...known]) one.close();
  };
  const model = await openModel(options, live, journal, ledger).catch((error: unknown) => {
    closeLogs();
    throw error;
  });
  const watch = createWaiting(nameLive(live), ctx.log);
  return {
    /** A chat with these parameters; all of them share one journal, one limit and one budget. */
    chat(parameters: Parameters, prices: PriceList | null): Chat {
      const account = { ledger: flags.batch ? null : ledger, prices, parameters };
      const asking = model.ask(parameters, (chat) => budget.wrap(chat, account, ctx.log));
      // A batch takes hours, and says so itself.
      return withJournal(flags.batch ? asking : watch(asking), journal, known, reused);
    },
    /** Whether a request would be asked, since no journal holds its reply. */
    isLive: (key: string) => ![journal, ...known].some(({ has }) => has(key)),
    /** How many requests are at the model, and may be; null: a batch or a recording takes any number. */
    limits: model.limits,
    /** Requests that were sent and whose reply never came; their tokens at most. */
    lost: ledger.lost,
    async close() {
      await model.close?.();
      for (const line of renderReused(journal, reused)) ctx.log(line);
      closeLogs();
    },
  };
}

/** `qwen at 127.0.0.1:8080`; of a file, which is loaded before its first reply, that it is here. */
function nameLive({ model, endpoint, file }: Live): string {
  const host = endpoint && new URL(endpoint.baseUrl).host;
  return host ? `${model} at ${host}` : `${basename(file ?? model)}, loaded in this process`;
}

/** Pays for each try of a chat. */
type Pay = (chat: Chat) => Chat;

/** Opens a server that is asked at once or by batches, or a file in this process. */
async function openModel(
  { folder, flags, budget, prices, clock, ctx }: RunChatOptions,
  { endpoint, file }: Live,
  journal: Journal,
  ledger: Ledger,
) {
  const { timeout, retries, concurrency, batch, joinInstruction } = flags;
  const maxWait = flags.maxWait * 60_000;
  const { log } = ctx;
  if (file !== null) {
    const model = openLocalModel({ file, concurrency, load: loadLlama, clock, log });
    const { limits, chat, close } = model;
    const ask = (parameters: Parameters, pay: Pay) => limits.wrap(pay(chat(parameters)));
    return { ask, limits, close };
  }
  if (endpoint === null)
    throw new ExpectedError(
      `${folder}: not all is finished, and there is no language model to ask: ${howToAsk}`,
    );
  const shared = { timeout, retries, maxWait, clock, ...ctx };
  if (batch) {
    // A batch that is out counts at most, until it is collected.
    budget.charge(ledger.spent, computeCost(ledger.spent, prices), -1);
    const chats = await createBatchChats({ ...shared, endpoint, journal, ledger });
    budget.charge(ledger.spent, computeCost(ledger.spent, prices));
    return { ask: (parameters: Parameters, pay: Pay) => pay(chats(parameters)), limits: null };
  }
  if (ledger.batches.some(({ ended }) => ended === null))
    throw new ExpectedError(
      `${folder}: expected --batch, since a batch is out: asking at once would pay twice`,
    );
  const { baseUrl: baseURL, apiKey } = endpoint;
  const limits = createLimits({ concurrency, maxWait, clock, log });
  const ask = (parameters: Parameters, wrapTry: Pay) =>
    openChat({ ...shared, ...parameters, baseURL, apiKey, joinInstruction, limits, wrapTry });
  return { ask, limits };
}

/**
 * Writes a run's recording but for its journal: the example, and the flags from which a replay asks the
 * same. A replay has its recording elsewhere, and writes the example alone.
 * @param example the formatting example as JSONL; empty: none is shown
 * @param shaping what shapes requests and is not among a run's flags as given
 */
export function writeRecording(
  run: Run,
  folder: string,
  example: string,
  shaping: Pick<Recorded, "setting" | "instructionText"> & {
    target: number;
    parameters: Parameters;
  },
): void {
  const { setting, instructionText, target, parameters } = shaping;
  const { flags, task, seeds, data, completions } = run;
  writeAtomic(join(folder, recordingFiles.example), example);
  if (completions?.kind !== "live") return;
  const recorded: Recorded = {
    version: 1,
    task: task.name,
    mark: task.fingerprint ?? null,
    setting,
    data: dataKindOf(task, data),
    instructionText,
    values: { ...recordValues(flags, seeds, target), ...parameters },
  };
  writeAtomic(join(folder, recordingFiles.flags), `${JSON.stringify(recorded, null, 2)}\n`);
}
