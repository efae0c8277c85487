import { type Endpoint, redact, toMessage } from "@seedling/core/internal";
import OpenAI, { APIError } from "openai";
import { z } from "zod";
import type { Clock } from "./chat.ts";
import { PermanentError, RetryableError } from "./retries.ts";

/** What a connection to a server's Batch API needs. */
export interface BatchClientOptions {
  endpoint: Endpoint;
  /** Seconds to wait for an answer. */
  timeout: number;
  /** Tries after the first for what fails in passing. */
  retries: number;
  fetch: typeof fetch;
  clock: Clock;
}

const seconds = z.number().nullish();

const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  created_at: z.number(),
  completed_at: seconds,
  expired_at: seconds,
  cancelled_at: seconds,
  failed_at: seconds,
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  request_counts: z.object({ completed: z.number(), failed: z.number() }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  errors: z
    .object({ data: z.array(z.object({ message: z.string().nullish() })).nullish() })
    .nullish(),
});

/** How a batch stands, in the server's words. */
export type BatchState = z.infer<typeof batchSchema>;

/** A server's Batch API. */
export interface BatchClient {
  /**
   * Submits the lines of one batch under a mark of ours.
   * @param before is called when the next thing to happen may start the batch
   * @returns the server's name for it
   */
  submit: (lines: readonly string[], mark: string, before: () => void) => Promise<string>;
  /** The batch with a mark that was submitted after a time (ISO 8601), or null. */
  find: (mark: string, since: string) => Promise<string | null>;
  look: (batch: string) => Promise<BatchState>;
  /** Reads the lines of files that a batch brought; `take` begins anew if one is cut on the way. */
  readFiles: <T>(files: string[], take: (lines: AsyncIterable<string>) => Promise<T>) => Promise<T>;
}

/** The key of a batch's mark in its metadata. */
const markName = "seedling";

/** Clocks of two machines may differ by so many seconds. */
const clockSlack = 3600;

/**
 * Opens a connection to OpenAI's Batch API, or to a server that has one.
 * @returns functions that throw ExpectedError, with the key taken out
 */
export function openBatchClient(options: BatchClientOptions): BatchClient {
  const { endpoint, timeout, retries, fetch, clock } = options;
  const client = new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.apiKey ?? "none",
    maxRetries: 0,
    timeout: timeout * 1000,
    fetch,
  });

  const tried = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await call();
      } catch (thrown) {
        const error = toFailure(thrown, endpoint);
        if (!(error instanceof RetryableError) || tries >= retries) throw error;
        await clock.sleep(500 * 2 ** Math.min(tries, 7));
      }
    }
  };

  const find = async (mark: string, since: string): Promise<string | null> => {
    const from = Date.parse(since) / 1000 - clockSlack;
    for await (const batch of client.batches.list({ limit: 100 })) {
      const { id, created_at, metadata } = toState(batch, endpoint);
      if (created_at < from) return null;
      if (metadata?.[markName] === mark) return id;
    }
    return null;
  };

  async function* readAll(files: readonly string[]) {
    for (const file of files) {
      const { body } = await client.files.content(file);
      if (body) yield* readLines(body, endpoint);
    }
  }

  return {
    async submit(lines, mark, before) {
      const text = lines.map((line) => `${line}\n`);
      const { id: input_file_id } = await tried(() =>
        client.files.create({ file: new File(text, `${mark}.jsonl`), purpose: "batch" }),
      );
      before();
      const since = new Date(clock.now()).toISOString();
      let maybeThere = false;
      return tried(async () => {
        const there = maybeThere ? await find(mark, since) : null;
        if (there !== null) return there;
        maybeThere = true;
        const batch = await client.batches.create({
          input_file_id,
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
          metadata: { [markName]: mark },
        });
        return toState(batch, endpoint).id;
      });
    },
    find: (mark, since) => tried(() => find(mark, since)),
    look: (batch) => tried(async () => toState(await client.batches.retrieve(batch), endpoint)),
    readFiles: (files, take) => tried(() => take(readAll(files))),
  };
}

/** The lines of a stream. What its reader throws does not come through here. */
async function* readLines(body: ReadableStream<Uint8Array>, { baseUrl }: Endpoint) {
  let rest = "";
  try {
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    throw new RetryableError(`a file of ${baseUrl} was cut: ${toMessage(error)}`);
  }
  yield rest;
}

function toState(value: unknown, { baseUrl }: Endpoint): BatchState {
  const parsed = batchSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RetryableError(
    `expected a batch of ${baseUrl}, got ${JSON.stringify(value)?.slice(0, 200)}`,
  );
}

function toFailure(error: unknown, { baseUrl, apiKey }: Endpoint): unknown {
  if (error instanceof SyntaxError)
    return new RetryableError(`an answer of ${baseUrl} cannot be read: ${error.message}`);
  if (!(error instanceof APIError)) return error;
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  const said = redact(`${error.message}${cause}`, { OPENAI_API_KEY: apiKey ?? undefined });
  const message = `${baseUrl} answered ${said.slice(0, 300)}`;
  const { status } = error;
  if (status === undefined) return new RetryableError(`no connection to ${baseUrl}: ${said}`);
  if (status === 408 || status === 409 || status === 429 || status >= 500)
    return new RetryableError(message);
  if (status === 401 || status === 403)
    return new PermanentError(`${message}; expected a valid key in OPENAI_API_KEY`);
  if (status === 404)
    return new PermanentError(`${message}; expected a server with OpenAI's Batch API (--batch)`);
  return new PermanentError(message);
}
