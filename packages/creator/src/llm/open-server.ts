import {
  type Context,
  ExpectedError,
  type Flags,
  howToAsk,
  type LiveModel,
} from "@seedling/core/internal";
import { openBatchChat } from "./batch-chat.ts";
import { hasOpenBatch, readBatchSpent } from "./batch-log.ts";
import type { Chat, Clock, Parameters, Usage } from "./chat.ts";
import type { Journal } from "./journal.ts";
import type { Limits } from "./limits.ts";
import { loadLlama } from "./llama.ts";
import { openLocalModel } from "./local-model.ts";
import { openChat } from "./open-chat.ts";
import { withRetries } from "./retries.ts";

/** Who answers what no journal holds. */
export interface Server {
  /** @param pay lets a request through only if it can be paid, each try for itself */
  chat: (parameters: Parameters, pay: (chat: Chat) => Chat) => Chat;
  close: () => Promise<void>;
}

/** What opening one takes. */
export interface ServerOptions {
  model: LiveModel;
  flags: Flags;
  /** The creation's. */
  folder: string;
  journal: Journal;
  limits: Limits;
  /** Takes a correction of what earlier invocations spent. */
  charge: (usage: Usage) => void;
  clock: Clock;
  ctx: Pick<Context, "fetch" | "log">;
}

/** Milliseconds for which a server may answer nothing but 429 before these count as failed tries. */
const patience = 600_000;

/** Opens a live creation's model: a server asked at once or by batches, or a file in this process. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { model, flags } = options;
  const { endpoint, file } = model;
  if (file !== null) return openFile(options, file);
  if (endpoint === null)
    throw new ExpectedError(
      `${options.folder}: not all is finished, and there is no language model to ask: ${howToAsk}`,
    );
  if (flags.batch) return openBatches(options, endpoint);
  if (hasOpenBatch(options.folder))
    throw new ExpectedError(
      `${options.folder}: expected --batch, since a batch is out: asking at once would pay twice`,
    );
  return openDirect(options, endpoint);
}

type Endpoint = NonNullable<LiveModel["endpoint"]>;

function openDirect({ flags, limits, clock, ctx }: ServerOptions, endpoint: Endpoint): Server {
  const { timeout, retries } = flags;
  const { now } = clock;
  return {
    chat(parameters, pay) {
      const asking = openChat({
        endpoint,
        parameters,
        timeout,
        ...ctx,
        now,
        observe: limits.observe,
      });
      return withRetries(limits.wrap(pay(asking)), { retries, clock, patience });
    },
    async close() {},
  };
}

async function openBatches(options: ServerOptions, endpoint: Endpoint): Promise<Server> {
  const { flags, folder, journal, clock, ctx, charge } = options;
  const { timeout, retries } = flags;
  const before = readBatchSpent(folder);
  const batches = await openBatchChat({
    endpoint,
    timeout,
    retries,
    folder,
    journal,
    clock,
    ...ctx,
  });
  // What was out counted at its worst until now.
  charge({
    promptTokens: batches.spent.promptTokens - before.promptTokens,
    completionTokens: batches.spent.completionTokens - before.completionTokens,
  });
  return { chat: (parameters, pay) => pay(batches.chat(parameters)), async close() {} };
}

function openFile({ flags, limits, clock, ctx }: ServerOptions, file: string): Server {
  const local = openLocalModel({
    file,
    concurrency: flags.concurrency,
    load: loadLlama,
    now: clock.now,
    log: ctx.log,
  });
  return {
    chat: (parameters, pay) => limits.wrap(pay(local.chat(parameters))),
    close: local.close,
  };
}
