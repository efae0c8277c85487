import { toMessage } from "@seedling/core/internal";
import { z } from "zod";
import type { Clock } from "./chat.ts";
import { RetryableError } from "./errors.ts";
import { type ClientOptions, createClient, readServerError, showText } from "./openai-client.ts";
import { retry } from "./retries.ts";

/** How a server's Batch API is reached. */
export interface BatchApiOptions extends Omit<ClientOptions, "now"> {
  /** Tries after the first. */
  retries: number;
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

/** A server's Batch API. Its functions throw ExpectedError, with API keys removed. */
export type BatchApi = ReturnType<typeof createBatchApi>;

/** The key of our mark in a batch's metadata. */
const markName = "seedling";

/** Clocks of two machines may differ by so many seconds. */
const clockSlack = 3600;

/** Creates the client of OpenAI's Batch API, or of a server that has one. */
export function createBatchApi(options: BatchApiOptions) {
  const { endpoint, retries, clock } = options;
  const { baseUrl } = endpoint;
  const clientOptions = { ...options, now: clock.now };
  const client = createClient(clientOptions);
  const missing = "expected a server with OpenAI's Batch API (--batch)";

  const once = <T>(request: () => Promise<T>): Promise<T> =>
    request().catch((error: unknown) => {
      throw readServerError(error, clientOptions, missing);
    });
  const tried = <T>(attempt: () => Promise<T>): Promise<T> =>
    retry(attempt, { retries, clock, patience: 0 });
  const call = <T>(request: () => Promise<T>): Promise<T> => tried(() => once(request));

  const parseState = (value: unknown): BatchState => {
    const parsed = batchSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const got = showText(JSON.stringify(value) ?? "nothing", 200);
    throw new RetryableError(`expected a batch of ${baseUrl}, got ${got}`);
  };

  /** Finds the batch with a mark that was submitted after a time (ISO 8601); null: there is none. */
  const find = async (mark: string, since: string): Promise<string | null> => {
    const from = Date.parse(since) / 1000 - clockSlack;
    for await (const batch of client.batches.list({ limit: 100 })) {
      const { id, created_at, metadata } = parseState(batch);
      if (created_at < from) return null;
      if (metadata?.[markName] === mark) return id;
    }
    return null;
  };

  /** What the reader of these lines throws does not come through here. */
  async function* readLines(files: readonly string[]) {
    for (const file of files) {
      const { body } = await once(() => client.files.content(file));
      let rest = "";
      try {
        for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const lines = (rest + piece).split("\n");
          rest = lines.pop() ?? "";
          yield* lines;
        }
      } catch (error) {
        throw new RetryableError(`a file of ${baseUrl} was cut: ${toMessage(error)}`);
      }
      yield rest;
    }
  }

  return {
    /**
     * Submits the lines of one batch.
     * @param mark a name of ours, kept in the batch's metadata
     * @param before is called when the next thing to happen may start the batch
     * @returns the server's name for it
     */
    async submit(lines: readonly string[], mark: string, before: () => void): Promise<string> {
      const file = () => new File([...lines], `${mark}.jsonl`);
      const { id } = await call(() => client.files.create({ file: file(), purpose: "batch" }));
      before();
      const since = new Date(clock.now()).toISOString();
      let maybeThere = false;
      return call(async () => {
        const there = maybeThere ? await find(mark, since) : null;
        maybeThere = true;
        if (there !== null) return there;
        const batch = await client.batches.create({
          input_file_id: id,
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
          metadata: { [markName]: mark },
        });
        return parseState(batch).id;
      });
    },
    find: (mark: string, since: string) => call(() => find(mark, since)),
    look: (batch: string) => call(async () => parseState(await client.batches.retrieve(batch))),
    /** Reads the lines of a batch's files; `take` is called again if one is cut on the way. */
    readFiles: <T>(files: string[], take: (lines: AsyncIterable<string>) => Promise<T>) =>
      tried(() => take(readLines(files))),
  };
}
