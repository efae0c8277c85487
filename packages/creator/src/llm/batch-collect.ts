import {
  decodeJson,
  ExpectedError,
  NestingError,
  renderCount,
  toMessage,
} from "@seedling/core/internal";
import { APIError } from "openai";
import { z } from "zod";
import type { BatchApi, BatchOptions, BatchState } from "./batch-api.ts";
import { addTokens, type Completion, type Usage } from "./chat.ts";
import { adapt, type Dialect } from "./dialect.ts";
import {
  describeMissingModel,
  findRefusal,
  RefusedError,
  RetryableError,
  readServerError,
  showText,
} from "./errors.ts";
import type { LoggedBatch } from "./ledger.ts";
import { parseCompletion, withoutKey } from "./read-completion.ts";
import { toRefused } from "./retries.ts";
import { findFailure, toFailure } from "./server-response.ts";

/** Waves in a row without a reply, or a refusal to adapt to, after which asking again makes no sense. */
const patience = 3;

/**
 * Finds out what became of the batches that were submitted: their replies go into the journal.
 * @returns running: how far each is that still runs, in words; declined: requests that the server does
 *   not take in any form, and why, by their keys
 * @throws ExpectedError if the last waves brought nothing at all
 */
export async function collectBatches(api: BatchApi, options: BatchOptions) {
  const { ledger, endpoint } = options;
  const running: string[] = [];
  const declined = new Map<string, unknown>();
  let said: string | null = null;
  for (const open of ledger.batches.filter(({ ended }) => ended === null)) {
    const batch = open.batch ?? (await findBatch(api, open, options));
    if (batch === null) continue;
    const state = await api.look(batch);
    if (["completed", "failed", "expired", "cancelled"].includes(state.status))
      said = (await endBatch(api, open, state, declined, options)) ?? said;
    else {
      const { completed = 0, failed = 0 } = state.request_counts ?? {};
      const status = state.status.replaceAll("_", " ");
      running.push(`batch ${batch}: ${status}, ${completed + failed} of ${open.requests} done`);
    }
  }
  const fruitful = ledger.batches.findLast(
    ({ ended }) => ended && (ended.replies > 0 || ended.refusal),
  );
  const barren = (ledger.batches.at(-1)?.wave ?? 0) - (fruitful?.wave ?? 0);
  if (said !== null && running.length === 0 && barren >= patience)
    throw new ExpectedError(
      `the last ${patience} batches brought no reply; ${endpoint.baseUrl} said: ${said}`,
    );
  return { running, declined };
}

/** Finds how a server takes a model's requests, by what it refused in earlier batches. */
export function findDialect(batches: readonly LoggedBatch[], model: string, official: boolean) {
  let dialect: Dialect = { official, adapted: [] };
  for (const { parameters, ended } of batches)
    if (parameters.model === model && ended?.refusal)
      dialect = adapt(dialect, ended.refusal, parameters) ?? dialect;
  return dialect;
}

/** The server's name for a batch whose submission may have been cut off; null: it has none. */
async function findBatch(
  api: BatchApi,
  { mark, at: since, requests }: LoggedBatch,
  { ledger, clock, log }: BatchOptions,
): Promise<string | null> {
  const batch = await api.find(mark, since);
  const at = new Date(clock.now()).toISOString();
  if (batch !== null) ledger.takeBatch({ event: "submitted", mark, batch, at });
  else {
    ledger.takeBatch({ event: "not submitted", mark, at });
    log(
      `a batch of ${renderCount(requests, "request")} had not reached the server; they are asked again`,
    );
  }
  return batch;
}

/** Takes all that a batch brought. @returns why requests are without a reply, in the server's last words */
async function endBatch(
  api: BatchApi,
  batch: LoggedBatch,
  state: BatchState,
  declined: Map<string, unknown>,
  options: BatchOptions,
): Promise<string | null> {
  const { ledger, journal, endpoint, clock, log } = options;
  const { mark, requests, parameters } = batch;
  const seconds = state.completed_at ?? state.expired_at ?? state.cancelled_at ?? state.created_at;
  const arrival = { ms: 0, at: new Date(seconds * 1000).toISOString(), adapted: batch.adapted };
  const brought = await readBatch(api, batch, arrival, state, options);
  const { usage, failed, unread } = brought;
  let { replies } = brought;
  const dialect = findDialect(ledger.batches, parameters.model, endpoint.official);
  // Another batch of the wave may have met the same refusal, and changed the dialect already.
  const current = dialect.adapted.length === batch.adapted.length;
  const refusals = [...failed.values()].flatMap((error) => findRefusal(error) ?? []);
  const [refusal = null] = current ? refusals : [];
  const adapted = refusal === null ? null : adapt(dialect, refusal, parameters);
  if (adapted) log(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);

  const show = (text: string | null | undefined) => text && showText(text.trim(), endpoint, 200);
  let said = show(state.errors?.data[0]?.message) ?? unread;
  const missing = describeMissingModel(parameters.model);
  for (const [key, error] of failed) {
    const reason = readServerError(error, options, missing);
    if (reason instanceof RetryableError) said = show(toMessage(error)) ?? null;
    else if (reason instanceof RefusedError && !adapted) {
      journal.append(key, { ...toRefused(reason.message, parameters.model), ...arrival });
      replies += 1;
    } else if (findRefusal(error) === null || (current && !adapted)) declined.set(key, reason);
  }
  const { status } = state;
  const at = new Date(clock.now()).toISOString();
  const facts = { status, replies, usage, refusal: adapted && (show(refusal) ?? null) };
  ledger.takeBatch({ event: "ended", mark, ...facts, at });
  const why = show(refusal) ?? said;
  const without = why ? ` (${why})` : "";
  const lost = replies < requests ? `, ${requests - replies} missing${without}` : "";
  log(
    `batch ${state.id}: ${status}, ${replies} of ${renderCount(requests, "reply")} collected${lost}`,
  );
  return said;
}

/** Reads all that a batch brought, its replies into the journal. */
async function readBatch(
  api: BatchApi,
  { parameters, requests }: LoggedBatch,
  arrival: Pick<Completion, "ms" | "at" | "adapted">,
  state: BatchState,
  { journal, endpoint }: BatchOptions,
) {
  /** Why requests are without a reply, by their keys. */
  const failed = new Map<string, unknown>();
  /** What each answered request used, by its key: a file may be read twice. null: the server did not count. */
  const used = new Map<string, Usage | null>();
  const kept = new Set<string>();
  /** Why a line says nothing of a request. */
  let unread: string | null = null;
  const take = (line: string | null) => {
    const parsed = parseLine(line);
    if ("unread" in parsed) {
      unread = parsed.unread ?? unread;
      return;
    }
    const { key, body, error } = parsed;
    if (error) return void failed.set(key, error);
    try {
      const reply = parseCompletion(body, parameters);
      journal.append(key, { ...withoutKey(reply, endpoint), ...arrival });
      kept.add(key);
      used.set(key, reply.usage);
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      failed.set(key, error);
      used.set(key, null);
    }
  };
  for (const file of [state.output_file_id, state.error_file_id])
    if (file) await api.readLines(file, requests, take);
  const usage: Usage = { promptTokens: 0, completionTokens: 0 };
  for (const one of used.values()) if (one) addTokens(usage, one);
  const isCounted = ![...used.values()].includes(null);
  return { replies: kept.size, usage: isCounted ? usage : null, failed, unread };
}

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: z.object({ message: z.string().nullish() }).nullish(),
});

/**
 * Parses a line of a batch's output or error file: a request's key with a reply's body, or with the
 * error that asking directly would have met.
 * @param line null: longer than what is read of one
 */
function parseLine(
  line: string | null,
): { key: string; body?: unknown; error?: Error } | { unread: string | null } {
  if (line === null) return { unread: "a line is longer than 16 MB" };
  try {
    const { custom_id: key, response, error } = lineSchema.parse(decodeJson(line));
    if (!response) return { key, error: new RetryableError(error?.message ?? "no reply") };
    const { status_code: status, body } = response;
    const failure = status === 200 ? findFailure(body) : toFailure(status, body);
    if (!failure) return { key, body };
    const thrown = { error: failure };
    return { key, error: APIError.generate(failure.status, thrown, undefined, new Headers()) };
  } catch (error) {
    return { unread: error instanceof NestingError ? `a line is ${error.message}` : null };
  }
}
