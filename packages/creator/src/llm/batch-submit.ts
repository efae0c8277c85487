import { type Endpoint, hashValue } from "@seedling/core/internal";
import type { BatchApi } from "./batch-api.ts";
import {
  addTokens,
  type ChatRequest,
  type Clock,
  computeWorstCase,
  type Parameters,
  type Usage,
} from "./chat.ts";
import { adapt, chooseDialect, type Dialect, toBody } from "./dialect.ts";
import { PermanentError } from "./errors.ts";
import type { BatchEvent, Ledger, LoggedBatch } from "./ledger.ts";

/** A request that waits for its wave. */
export interface WaitingRequest {
  request: ChatRequest;
  parameters: Parameters;
}

/** What submitting takes. */
export interface SubmitOptions {
  api: BatchApi;
  ledger: Pick<Ledger, "batches" | "takeBatch">;
  endpoint: Endpoint;
  clock: Clock;
  most: BatchLimits;
}

/** What one batch may hold. */
export interface BatchLimits {
  requests: number;
  bytes: number;
}

/** OpenAI's limits, with some room left. */
export const openaiLimits: BatchLimits = { requests: 50_000, bytes: 190e6 };

/**
 * Submits a wave: a batch for each chat's requests, or several where one is too large. What is about to be
 * submitted is in the ledger before, under a mark that the server keeps: so a process that was killed
 * in between can find it again.
 */
export async function submitWave(
  wave: readonly WaitingRequest[],
  options: SubmitOptions,
): Promise<LoggedBatch[]> {
  const { ledger, endpoint, clock, most } = options;
  const number = (ledger.batches.at(-1)?.wave ?? 0) + 1;
  const unique = [...new Map(wave.map((one) => [one.request.key, one])).values()];
  for (const parameters of new Set(unique.map((one) => one.parameters))) {
    const asked = unique.filter((one) => one.parameters === parameters);
    const dialect = findDialect(ledger.batches, parameters.model, endpoint.official);
    const lines = asked.map(({ request }) =>
      JSON.stringify({
        custom_id: request.key,
        method: "POST",
        url: "/v1/chat/completions",
        body: toBody(request, parameters, dialect),
      }),
    );
    for (const { keys, worst, lines: part } of splitWave(asked, lines, most)) {
      const at = toIso(clock.now());
      const mark = hashValue([keys, at]).slice(0, 16);
      const adapted = [...dialect.adapted];
      const facts = { mark, wave: number, parameters, requests: keys.length, worst, adapted, at };
      await submitBatch(part, { event: "submitting", ...facts }, options);
    }
  }
  return ledger.batches.filter(({ wave }) => wave === number);
}

async function submitBatch(
  lines: readonly string[],
  submitting: Extract<BatchEvent, { event: "submitting" }>,
  { api, ledger, clock }: SubmitOptions,
): Promise<void> {
  const { mark } = submitting;
  const batch = await api
    .submit(lines, mark, () => ledger.takeBatch(submitting))
    .catch((error: unknown) => {
      // The server refused it; after any other error it may have the batch all the same.
      if (error instanceof PermanentError && ledger.batches.some((one) => one.mark === mark))
        ledger.takeBatch({ event: "not submitted", mark, at: toIso(clock.now()) });
      throw error;
    });
  ledger.takeBatch({ event: "submitted", mark, batch, at: toIso(clock.now()) });
}

/** Finds how a server takes a model's requests, by what it refused in earlier batches. */
export function findDialect(
  batches: readonly LoggedBatch[],
  model: string,
  official: boolean,
): Dialect {
  const refusals = batches.flatMap(
    (one) => (one.parameters.model === model && one.ended?.refusal) || [],
  );
  return refusals.reduce(
    (dialect, refusal) => adapt(dialect, refusal) ?? dialect,
    chooseDialect(official),
  );
}

/** A part of a wave that becomes one batch. */
interface Part {
  keys: string[];
  lines: string[];
  bytes: number;
  worst: Usage;
}

function splitWave(
  asked: readonly WaitingRequest[],
  lines: readonly string[],
  most: BatchLimits,
): Part[] {
  const parts: Part[] = [];
  for (const [i, { request, parameters }] of asked.entries()) {
    const line = lines[i] as string;
    const size = Buffer.byteLength(line) + 1;
    let part = parts.at(-1);
    if (!part || part.lines.length === most.requests || part.bytes + size > most.bytes) {
      part = { keys: [], lines: [], bytes: 0, worst: { promptTokens: 0, completionTokens: 0 } };
      parts.push(part);
    }
    part.keys.push(request.key);
    part.lines.push(line);
    part.bytes += size;
    addTokens(part.worst, computeWorstCase(request, parameters));
  }
  return parts;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
