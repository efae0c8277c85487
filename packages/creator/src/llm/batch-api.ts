import { ExpectedError, splitByteLines } from "@seedling/core/internal";
import { APIConnectionTimeoutError } from "openai";
import { z } from "zod";
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

/** How many batches are looked through for one of ours: a server may list them without end. */
const mostListed = 10_000;

/** Seconds since 1970 that are a date. */
const dateType = z.number().positive().max(8.64e12);

/** What is read of a batch: what a server adds may have any form. */
const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  created_at: dateType,
  completed_at: dateType.nullish(),
  expired_at: dateType.nullish(),
  cancelled_at: dateType.nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  request_counts: z
    .object({ completed: z.number(), failed: z.number() })
    .partial()
    .nullish()
    .catch(null),
  errors: z
    .object({ data: z.array(z.object({ message: z.string().nullish() })) })
    .nullish()
    .catch(null),
  metadata: z
    .object({ [markName]: z.string().optional() })
    .nullish()
    .catch(null),
});

/** A batch as the server describes it. */
export type BatchState = z.infer<typeof batchSchema>;

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

  const check = (value: unknown): BatchState => {
    const { data, error } = batchSchema.safeParse(value);
    if (data) return data;
    const [issue] = error.issues;
    const fault = [issue?.path.join("."), issue?.message].filter(Boolean).join(": ");
    const got = showText(JSON.stringify(value) ?? "nothing", endpoint, 200);
    throw new RetryableError(`expected a batch of ${endpoint.baseUrl} (${fault}), got ${got}`);
  };

  /** Finds the batch with a mark that was submitted after a time (ISO 8601); null: there is none. */
  const find = async (mark: string, since: string): Promise<string | null> => {
    const from = Date.parse(since) / 1000 - clockSlack;
    let listed = 0;
    for await (const batch of client.batches.list({ limit: 100 })) {
      const { id, created_at, metadata } = check(batch);
      if (created_at < from) return null;
      if (++listed > mostListed)
        throw new ExpectedError(
          `${endpoint.baseUrl} lists more than ${mostListed} batches since ${since}: the one that was submitted then cannot be found among them`,
        );
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
    /**
     * Reads the lines of a batch's file, from its start again where the connection breaks. Each is awaited as long as
     * a reply is.
     * @param most lines that it can have
     * @param take takes a line; null: it is longer than 16 MB
     */
    readLines: (file: string, most: number, take: (line: string | null) => void): Promise<void> =>
      call(async () => {
        const stop = new AbortController();
        const timer = setTimeout(() => stop.abort(), options.timeout * 1000);
        try {
          const { body } = await client.files.content(file, { signal: stop.signal });
          let lines = 0;
          const stream = body as AsyncIterable<Uint8Array> | null;
          for await (const bytes of splitByteLines(stream ?? [])) {
            const line = bytes?.toString().trim() ?? null;
            if (line === "") continue;
            if (++lines > most)
              throw new ExpectedError(
                `${endpoint.baseUrl}: expected ${most} lines in ${file}, one a request, got more`,
              );
            take(line);
            timer.refresh();
          }
        } catch (error) {
          throw stop.signal.aborted ? new APIConnectionTimeoutError() : error;
        } finally {
          clearTimeout(timer);
        }
      }),
  };
}
