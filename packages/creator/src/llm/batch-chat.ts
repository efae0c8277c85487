import { hashValue, renderCount } from "@seedling/core/internal";
import { type BatchApi, type BatchOptions, createBatchApi } from "./batch-api.ts";
import { collectBatches, findDialect } from "./batch-collect.ts";
import {
  addTokens,
  type Chat,
  type ChatRequest,
  computeWorstCase,
  type Parameters,
} from "./chat.ts";
import { toBody } from "./dialect.ts";
import { BatchPending, PermanentError } from "./errors.ts";

/** A request that waits for its wave. */
interface WaitingRequest {
  request: ChatRequest;
  parameters: Parameters;
  reject: (reason: unknown) => void;
}

/**
 * Creates chats of OpenAI's Batch API: half the price, and replies within a day. What earlier batches
 * brought goes into the journal first. Then all that is asked until nothing more comes is one wave,
 * which is submitted unless another one still runs.
 * @returns gives a chat for parameters, to be asked only what the journal does not hold. It never answers: a
 *   request fails with BatchPending once its wave is submitted, or with what went wrong
 * @throws ExpectedError
 */
export async function createBatchChats(
  options: BatchOptions,
): Promise<(parameters: Parameters) => Chat> {
  const { clock, quiet = 1000 } = options;
  const api = createBatchApi(options);
  const { running, declined } = await collectBatches(api, options);
  const wave: WaitingRequest[] = [];
  let outcome: unknown = running.length > 0 ? new BatchPending(running, true) : null;

  const leaveWhenQuiet = async () => {
    for (let before = 0; before < wave.length; ) {
      before = wave.length;
      await clock.sleep(quiet);
    }
    outcome = await submitWave(api, wave, options).catch((error: unknown) => error);
    for (const { reject } of wave.splice(0)) reject(outcome);
  };

  return (parameters) => async (request) => {
    const refused = declined.get(request.key) ?? outcome;
    if (refused) throw refused;
    return new Promise((_, reject) => {
      wave.push({ request, parameters, reject });
      if (wave.length === 1) void leaveWhenQuiet();
    });
  };
}

/**
 * Submits a wave: a batch for each chat's requests, or several where one is too large. What is about to be
 * submitted is in the ledger before, under a mark that the server keeps: so a process that was killed
 * in between can find it again.
 */
async function submitWave(
  api: BatchApi,
  waiting: readonly WaitingRequest[],
  options: BatchOptions,
): Promise<BatchPending> {
  const { ledger, endpoint, clock, most = { requests: 10_000, bytes: 190e6 } } = options;
  const now = () => new Date(clock.now()).toISOString();
  const wave = (ledger.batches.at(-1)?.wave ?? 0) + 1;
  const unique = [...new Map(waiting.map((one) => [one.request.key, one])).values()];
  for (const parameters of new Set(unique.map((one) => one.parameters))) {
    const dialect = findDialect(ledger.batches, parameters.model, endpoint.official);
    const asked = unique.filter((one) => one.parameters === parameters);
    const lines = asked.map(({ request }) => {
      const { stream: _, ...body } = toBody(request, parameters, dialect);
      const target = { method: "POST", url: "/v1/chat/completions" };
      return { request, text: `${JSON.stringify({ custom_id: request.key, ...target, body })}\n` };
    });
    for (const part of splitLines(lines, most)) {
      const worst = { promptTokens: 0, completionTokens: 0 };
      for (const { request } of part) addTokens(worst, computeWorstCase(request, parameters));
      const at = now();
      const mark = hashValue([part.map(({ request }) => request.key), at]).slice(0, 16);
      const facts = { wave, parameters, requests: part.length, worst, at };
      const file = await api.upload(
        part.map(({ text }) => text),
        `${mark}.jsonl`,
      );
      const adapted = [...dialect.adapted];
      ledger.takeBatch({ event: "submitting", mark, ...facts, adapted });
      const batch = await api.start(file, mark).catch((error: unknown) => {
        // The server refused it; after any other error it may have the batch all the same.
        if (error instanceof PermanentError)
          ledger.takeBatch({ event: "not submitted", mark, at: now() });
        throw error;
      });
      ledger.takeBatch({ event: "submitted", mark, batch, at: now() });
    }
  }
  const submitted = ledger.batches
    .filter((one) => one.wave === wave)
    .map(
      ({ batch, requests, at }) =>
        `batch ${batch} of ${renderCount(requests, "request")} submitted at ${at}`,
    );
  return new BatchPending(submitted, false);
}

/** Splits lines into batches that are small enough. */
function splitLines<T extends { text: string }>(
  lines: readonly T[],
  { requests, bytes: mostBytes }: NonNullable<BatchOptions["most"]>,
): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const part = parts.at(-1);
    const size = Buffer.byteLength(line.text);
    if (!part || part.length === requests || bytes + size > mostBytes) {
      parts.push([line]);
      bytes = size;
    } else {
      part.push(line);
      bytes += size;
    }
  }
  return parts;
}
