import { type Endpoint, ExpectedError } from "@seedling/core/internal";
import { z } from "zod";
import type { BatchApi, BatchState } from "./batch-api.ts";
import { findDialect } from "./batch-submit.ts";
import { addTokens, type Clock, type Usage } from "./chat.ts";
import { adapt } from "./dialect.ts";
import { PermanentError, RetryableError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Ledger, LoggedBatch } from "./ledger.ts";
import { parseCompletion } from "./server-chat.ts";

/** What collecting takes. */
export interface CollectOptions {
  api: BatchApi;
  ledger: Pick<Ledger, "batches" | "takeBatch">;
  journal: Pick<Journal, "append">;
  endpoint: Endpoint;
  clock: Clock;
  log: (line: string) => void;
}

/** What is known of earlier batches. */
export interface Collected {
  running: { batch: LoggedBatch; state: BatchState }[];
  /** Requests that the server does not take in any form: why, by their keys. */
  declined: Map<string, PermanentError>;
}

/** Waves in a row without any reply, after which asking again makes no sense. */
const patience = 3;

/**
 * Finds out what became of the batches that were submitted: their replies go into the journal.
 * @throws ExpectedError if the last waves brought nothing at all
 */
export async function collectBatches(options: CollectOptions): Promise<Collected> {
  const { api, ledger, endpoint } = options;
  const collected: Collected = { running: [], declined: new Map() };
  let said: string | null = null;
  for (const open of ledger.batches.filter(({ ended }) => ended === null)) {
    const batch = await findBatch(open, options);
    if (batch === null) continue;
    const state = await api.look(batch);
    if (["completed", "failed", "expired", "cancelled"].includes(state.status))
      said = (await endBatch(open, state, options, collected.declined)) ?? said;
    else collected.running.push({ batch: { ...open, batch }, state });
  }
  if (said !== null && collected.running.length === 0 && countBarren(ledger.batches) >= patience)
    throw new ExpectedError(
      `the last ${patience} batches brought no reply; ${endpoint.baseUrl} said: ${said}`,
    );
  return collected;
}

/** The server's name for a batch whose submission may have been cut off; null: it has none. */
async function findBatch({ batch, mark, at, requests }: LoggedBatch, options: CollectOptions) {
  if (batch !== null) return batch;
  const { api, ledger, clock, log } = options;
  const now = new Date(clock.now()).toISOString();
  const found = await api.find(mark, at);
  if (found === null) {
    ledger.takeBatch({ event: "not submitted", mark, at: now });
    log(`a batch of ${requests} requests had not reached the server; they are asked again`);
  } else ledger.takeBatch({ event: "submitted", mark, batch: found, at: now });
  return found;
}

/** Takes all that a batch brought. @returns why requests are without a reply, in the server's last words */
async function endBatch(
  batch: LoggedBatch,
  state: BatchState,
  options: CollectOptions,
  declined: Collected["declined"],
): Promise<string | null> {
  const { ledger, endpoint, clock, log } = options;
  const { replies, usage, refused, ...brought } = await readBatch(batch, state, options);
  const dialect = findDialect(ledger.batches, batch.parameters.model, endpoint.official);
  // Another batch of the wave may have met the same refusal, and changed the dialect already.
  const current = dialect.adapted.length === batch.adapted.length;
  const [refusal = null] = current ? refused.values() : [];
  const adapted = refusal === null ? null : adapt(dialect, refusal);
  if (adapted) log(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);
  for (const [key, said] of [...brought.declined, ...(current && !adapted ? refused : [])])
    declined.set(key, new PermanentError(`${endpoint.baseUrl} answered ${said.slice(0, 300)}`));
  const at = new Date(clock.now()).toISOString();
  const { mark, requests } = batch;
  const { status } = state;
  ledger.takeBatch({
    event: "ended",
    mark,
    status,
    replies,
    usage,
    refusal: adapted && refusal,
    at,
  });
  const why = refusal ?? brought.said;
  const missing =
    replies < requests
      ? `, ${requests - replies} missing${why ? ` (${why.slice(0, 200)})` : ""}`
      : "";
  log(`batch ${state.id}: ${status}, ${replies} of ${requests} replies collected${missing}`);
  return brought.said;
}

/** How many waves have ended since one brought a reply, or a refusal that the dialect was adapted to. */
function countBarren(batches: readonly LoggedBatch[]): number {
  const fruitful = batches.findLast(({ ended }) => ended && (ended.replies > 0 || ended.refusal));
  return (batches.at(-1)?.wave ?? 0) - (fruitful?.wave ?? 0);
}

/** What a batch brought. */
interface Brought {
  replies: number;
  /** What the replies used; null: the server did not count them all. */
  usage: Usage | null;
  /** Requests that the server does not take in their form, and its words. */
  refused: Map<string, string>;
  /** Requests that it takes in no form, and its words. */
  declined: Map<string, string>;
  /** Why others are without a reply: its last words. */
  said: string | null;
}

/** Reads all that a batch brought, its replies into the journal. */
function readBatch(
  { parameters, adapted }: LoggedBatch,
  state: BatchState,
  { api, journal }: CollectOptions,
): Promise<Brought> {
  const seconds = state.completed_at ?? state.expired_at ?? state.cancelled_at ?? state.created_at;
  const facts = { ms: 0, at: new Date(seconds * 1000).toISOString(), adapted };
  const files = [state.output_file_id, state.error_file_id].filter((file) => file != null);

  return api.readFiles(files, async (lines) => {
    const brought: Brought = {
      replies: 0,
      usage: { promptTokens: 0, completionTokens: 0 },
      refused: new Map(),
      declined: new Map(),
      said: state.errors?.data?.[0]?.message ?? null,
    };
    for await (const line of lines) {
      const outcome = parseBatchLine(line);
      if (outcome === null) continue;
      const { key } = outcome;
      if (outcome.kind === "lost") brought.said = outcome.said;
      else if (outcome.kind !== "reply") brought[outcome.kind].set(key, outcome.said);
      else
        try {
          const reply = parseCompletion(outcome.body, parameters);
          journal.append(key, { ...reply, ...facts });
          brought.replies += 1;
          if (reply.usage === null) brought.usage = null;
          else if (brought.usage) addTokens(brought.usage, reply.usage);
        } catch (error) {
          if (!(error instanceof RetryableError)) throw error;
          brought.said = error.message;
          brought.usage = null;
        }
    }
    return brought;
  });
}

const errorSchema = z.object({ message: z.string().nullish(), param: z.string().nullish() });

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: errorSchema.nullish(),
});

/** What became of a request in a batch. */
type BatchOutcome = { key: string } & (
  | { kind: "reply"; body: unknown }
  /** refused: not in this form (400, 422); declined: in none; lost: expired, or may be asked again. */
  | { kind: "refused" | "declined" | "lost"; said: string }
);

/** Parses a line of a batch's output or error file; null for a line that says nothing of a request. */
function parseBatchLine(line: string): BatchOutcome | null {
  const parsed = lineSchema.safeParse(parseJson(line));
  if (!parsed.success) return null;
  const { custom_id: key, response, error } = parsed.data;
  const status = response?.status_code;
  if (status === 200) return { key, kind: "reply", body: response?.body };
  const body = z.object({ error: errorSchema }).safeParse(response?.body);
  const { message, param } = (body.success ? body.data.error : error) ?? {};
  const said = `${status ?? ""} ${message ?? "no reply"}`.trim();
  if (status === 400 || status === 422)
    return { key, kind: "refused", said: param ? `${said} (${param})` : said };
  const retryable = status === undefined || status >= 500 || [408, 409, 429].includes(status);
  return { key, kind: retryable ? "lost" : "declined", said };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
