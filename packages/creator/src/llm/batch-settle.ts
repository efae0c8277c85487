import { type Endpoint, ExpectedError } from "@seedling/core/internal";
import type { BatchClient, BatchState } from "./batch-api.ts";
import { type Collected, collectBatch, isOver } from "./batch-collect.ts";
import { toDialect } from "./batch-lines.ts";
import type { BatchLog, LoggedBatch } from "./batch-log.ts";
import type { Clock } from "./chat.ts";
import { adapt } from "./dialect.ts";
import type { Journal } from "./journal.ts";
import { PermanentError } from "./retries.ts";

/** What settling needs. */
export interface SettleOptions {
  client: BatchClient;
  batchLog: BatchLog;
  journal: Pick<Journal, "append">;
  endpoint: Endpoint;
  clock: Clock;
  log: (line: string) => void;
}

/** What is known of earlier batches. */
export interface Settled {
  running: { batch: LoggedBatch; state: BatchState }[];
  /** Requests that the server does not take in any form: why, by their keys. */
  declined: Map<string, PermanentError>;
}

/** Waves in a row without anything new, after which asking again makes no sense. */
const patience = 3;

/**
 * Finds out what became of the batches that were submitted: what they brought goes into the journal.
 * @throws ExpectedError if the last waves brought nothing at all
 */
export async function settleBatches(options: SettleOptions): Promise<Settled> {
  const { client, batchLog } = options;
  const settled: Settled = { running: [], declined: new Map() };
  let said: string | null = null;
  for (const open of batchLog.batches.filter(({ ended }) => ended === null)) {
    const batch = await findBatch(open, options);
    if (batch === null) continue;
    const state = await client.look(batch);
    if (!isOver(state)) settled.running.push({ batch: { ...open, batch }, state });
    else {
      const collected = await endBatch(open, state, options, settled.declined);
      said = collected.said ?? said;
    }
  }
  if (said !== null && settled.running.length === 0 && countBarren(batchLog.batches) >= patience)
    throw new ExpectedError(
      `the last ${patience} batches brought no reply; ${options.endpoint.baseUrl} said: ${said}`,
    );
  return settled;
}

/** The server's name for a batch whose submission may have been cut off; null: it has none. */
async function findBatch({ batch, mark, at, requests }: LoggedBatch, options: SettleOptions) {
  if (batch !== null) return batch;
  const { client, batchLog, clock, log } = options;
  const now = new Date(clock.now()).toISOString();
  const found = await client.find(mark, at);
  if (found === null) {
    batchLog.append({ event: "not submitted", mark, at: now });
    log(`a batch of ${requests} requests had not reached the server; they are asked again`);
  } else batchLog.append({ event: "submitted", mark, batch: found, at: now });
  return found;
}

async function endBatch(
  batch: LoggedBatch,
  state: BatchState,
  { client, batchLog, journal, endpoint, clock, log }: SettleOptions,
  declined: Settled["declined"],
): Promise<Collected> {
  const collected = await collectBatch(batch, state, client, journal);
  const { replies, usage, refused } = collected;
  const dialect = toDialect(batchLog.batches, batch.parameters.model, endpoint.official);
  // Another batch of the wave may have met the same refusal, and changed the dialect already.
  const current = dialect.adapted.length === batch.adapted.length;
  const [refusal = null] = current ? refused.values() : [];
  const adapted = refusal === null ? null : adapt(dialect, refusal);
  if (adapted) log(`the server refuses a parameter; going on ${adapted.adapted.at(-1)}`);
  for (const [key, said] of [...collected.declined, ...(current && !adapted ? refused : [])])
    declined.set(key, new PermanentError(`${endpoint.baseUrl} answered ${said.slice(0, 300)}`));
  batchLog.append({
    event: "ended",
    mark: batch.mark,
    status: state.status,
    replies,
    usage,
    refusal: adapted && refusal,
    at: new Date(clock.now()).toISOString(),
  });
  const missing = batch.requests - replies;
  const why = refusal ?? collected.said;
  log(
    `batch ${state.id}: ${state.status}, ${replies} of ${batch.requests} replies collected${missing > 0 ? `, ${missing} missing${why ? ` (${why.slice(0, 200)})` : ""}` : ""}`,
  );
  return collected;
}

/** How many waves have ended since one brought a reply, or a refusal that was given in to. */
function countBarren(batches: readonly LoggedBatch[]): number {
  const fruitful = batches.findLast(({ ended }) => ended && (ended.replies > 0 || ended.refusal));
  return (batches.at(-1)?.wave ?? 0) - (fruitful?.wave ?? 0);
}
