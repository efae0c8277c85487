import { type Endpoint, hashValue } from "@seedling/core/internal";
import type { BatchClient } from "./batch-api.ts";
import { toBatchLine, toDialect } from "./batch-lines.ts";
import type { BatchEvent, BatchLog, LoggedBatch } from "./batch-log.ts";
import type { ChatRequest, Clock, Parameters, Usage } from "./chat.ts";
import { PermanentError } from "./retries.ts";
import { toWorstCase } from "./worst-case.ts";

/** A request that waits for its wave. */
export interface Waiting {
  request: ChatRequest;
  parameters: Parameters;
}

/** What submitting needs. */
export interface SubmitOptions {
  client: BatchClient;
  batchLog: BatchLog;
  endpoint: Endpoint;
  clock: Clock;
  most: BatchLimits;
}

/** What one batch may hold. */
export interface BatchLimits {
  requests: number;
  bytes: number;
}

/** OpenAI's limits, some room left. */
export const openaiLimits: BatchLimits = { requests: 50_000, bytes: 190e6 };

/** Part of a wave that becomes one batch. */
interface Part {
  keys: string[];
  lines: string[];
  bytes: number;
  worst: Usage;
}

/**
 * Submits a wave: a batch for each chat's requests, more where one is too large. What is about to be submitted is
 * on disk before, under a mark that the server keeps, so that whoever was killed in between finds out.
 */
export async function submitWave(
  wave: readonly Waiting[],
  options: SubmitOptions,
): Promise<LoggedBatch[]> {
  const { batchLog, endpoint, most } = options;
  const number = (batchLog.batches.at(-1)?.wave ?? 0) + 1;
  const marks: string[] = [];
  const once = [...new Map(wave.map((one) => [one.request.key, one])).values()];
  for (const parameters of new Set(once.map((one) => one.parameters))) {
    const asked = once.filter((one) => one.parameters === parameters);
    const dialect = toDialect(batchLog.batches, parameters.model, endpoint.official);
    const adapted = [...dialect.adapted];
    const lines = asked.map(({ request }) => toBatchLine(request, parameters, dialect));
    for (const { keys, worst, ...part } of toParts(asked, lines, most)) {
      const at = toIso(options.clock.now());
      const mark = hashValue([keys, at]).slice(0, 16);
      const facts = { mark, wave: number, parameters, requests: keys.length, worst, adapted, at };
      await submitPart(part.lines, { event: "submitting", ...facts }, options);
      marks.push(mark);
    }
  }
  return batchLog.batches.filter(({ mark }) => marks.includes(mark));
}

async function submitPart(
  lines: readonly string[],
  submitting: Extract<BatchEvent, { event: "submitting" }>,
  { client, batchLog, clock }: SubmitOptions,
): Promise<void> {
  const { mark } = submitting;
  const batch = await client
    .submit(lines, mark, () => batchLog.append(submitting))
    .catch((error: unknown) => {
      // The server said no; after anything else it may have the batch all the same.
      if (error instanceof PermanentError && batchLog.batches.some((one) => one.mark === mark))
        batchLog.append({ event: "not submitted", mark, at: toIso(clock.now()) });
      throw error;
    });
  batchLog.append({ event: "submitted", mark, batch, at: toIso(clock.now()) });
}

function toParts(asked: readonly Waiting[], lines: readonly string[], most: BatchLimits): Part[] {
  const parts: Part[] = [];
  for (const [i, { request, parameters }] of asked.entries()) {
    const line = lines[i] as string;
    const size = Buffer.byteLength(line) + 1;
    let part = parts.at(-1);
    if (!part || part.lines.length === most.requests || part.bytes + size > most.bytes) {
      part = { keys: [], lines: [], bytes: 0, worst: { promptTokens: 0, completionTokens: 0 } };
      parts.push(part);
    }
    const worst = toWorstCase(request, parameters);
    part.keys.push(request.key);
    part.lines.push(line);
    part.bytes += size;
    part.worst.promptTokens += worst.promptTokens;
    part.worst.completionTokens += worst.completionTokens;
  }
  return parts;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
