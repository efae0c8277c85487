import type { Batch } from "openai/resources/batches";
import { RetryableError, readServerError, showText } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import { type ClientOptions, createClient } from "./open-chat.ts";
import { createRetry, type RetryOptions } from "./retries.ts";

/** What asking by batches takes. */
export interface BatchOptions extends ClientOptions, RetryOptions {
  /** Milliseconds for which the server may ask to wait. Default: 10 minutes. */
  maxWait?: number;
  /** The creation's, which holds its batches. */
  ledger: Pick<Ledger, "batches" | "takeBatch">;
  /** Where the replies go that earlier batches brought. */
  journal: Pick<Journal, "append">;
  log: (line: string) => void;
  /** Milliseconds without another request after which a wave is complete, by default 1000. */
  quiet?: number;
  /** By default less than OpenAI's limits, so that all replies of a batch can be read at once. */
  most?: { requests: number; bytes: number };
}

/** A server's Batch API. Its functions throw ExpectedError, with API keys removed. */
export type BatchApi = ReturnType<typeof createBatchApi>;

/** The key of our mark in a batch's metadata. */
const markName = "seedling";

/** Clocks of two machines may differ by so many seconds. */
const clockSlack = 3600;

/** Creates the client of OpenAI's Batch API, or of a server that has one. */
export function createBatchApi(options: BatchOptions) {
  const { endpoint, clock } = options;
  const client = createClient(options);
  const missing = "expected a server with OpenAI's Batch API (--batch)";

  const retry = createRetry({ maxWait: 600_000, ...options });
  const call = <T>(request: () => Promise<T>): Promise<T> =>
    retry(() =>
      request().catch((error: unknown) => {
        throw readServerError(error, options, missing);
      }),
    );

  const check = (batch: Batch): Batch => {
    const { id, status, created_at } = batch ?? {};
    if (typeof id === "string" && typeof status === "string" && created_at > 0) return batch;
    const got = showText(JSON.stringify(batch) ?? "nothing", 200);
    throw new RetryableError(`expected a batch of ${endpoint.baseUrl}, got ${got}`);
  };

  /** Finds the batch with a mark that was submitted after a time (ISO 8601); null: there is none. */
  const find = async (mark: string, since: string): Promise<string | null> => {
    const from = Date.parse(since) / 1000 - clockSlack;
    for await (const batch of client.batches.list({ limit: 100 })) {
      const { id, created_at, metadata } = check(batch);
      if (created_at < from) return null;
      if (metadata?.[markName] === mark) return id;
    }
    return null;
  };

  return {
    /** Uploads the lines of a batch's input. @returns the server's name for the file */
    async upload(lines: readonly string[], name: string): Promise<string> {
      const file = () => new File([...lines], name);
      return (await call(() => client.files.create({ file: file(), purpose: "batch" }))).id;
    },
    /** Starts a batch. @param mark a name of ours, kept in its metadata. @returns the server's name for it */
    async start(input_file_id: string, mark: string): Promise<string> {
      const since = new Date(clock.now()).toISOString();
      let maybeThere = false;
      return call(async () => {
        const there = maybeThere ? await find(mark, since) : null;
        maybeThere = true;
        if (there !== null) return there;
        const endpoint = "/v1/chat/completions";
        const metadata = { [markName]: mark };
        const batch = { input_file_id, endpoint, completion_window: "24h", metadata } as const;
        return check(await client.batches.create(batch)).id;
      });
    },
    find: (mark: string, since: string) => call(() => find(mark, since)),
    /** How a batch stands. */
    look: (batch: string) => call(async () => check(await client.batches.retrieve(batch))),
    /** Reads the lines of a batch's file. */
    readLines: (file: string): Promise<string[]> =>
      call(async () => (await (await client.files.content(file)).text()).split("\n")),
  };
}
