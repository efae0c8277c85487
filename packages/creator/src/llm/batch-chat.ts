import { type BatchApiOptions, createBatchApi } from "./batch-api.ts";
import { type Collected, collectBatches } from "./batch-collect.ts";
import { type BatchLimits, openaiLimits, submitWave, type WaitingRequest } from "./batch-submit.ts";
import type { Chat, Parameters } from "./chat.ts";
import { BatchPending } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Ledger, LoggedBatch } from "./ledger.ts";

/** What asking by batches takes. */
export interface BatchOptions extends BatchApiOptions {
  /** The creation's, which holds its batches. */
  ledger: Pick<Ledger, "batches" | "takeBatch">;
  /** Where the replies go that earlier batches brought. */
  journal: Pick<Journal, "append">;
  log: (line: string) => void;
  /** Milliseconds without another request after which a wave is complete. */
  quiet?: number;
  most?: BatchLimits;
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
  const { clock, quiet = 1000, most = openaiLimits } = options;
  const api = createBatchApi(options);
  const { running, declined } = await collectBatches({ ...options, api });
  const wave: (WaitingRequest & { reject: (reason: unknown) => void })[] = [];
  let outcome: unknown = running.length > 0 ? describeRunning(running) : null;

  const leaveWhenQuiet = async () => {
    for (let before = 0; before < wave.length; ) {
      before = wave.length;
      await clock.sleep(quiet);
    }
    outcome = await submitWave(wave, { ...options, api, most }).then(
      describeSubmitted,
      (error: unknown) => error,
    );
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

function describeSubmitted(batches: readonly LoggedBatch[]): BatchPending {
  const lines = batches.map(
    ({ batch, requests, at }) => `batch ${batch} of ${requests} requests submitted at ${at}`,
  );
  return new BatchPending(`${lines.join(", ")}; ${describeNext(batches)}`, {
    submittedBefore: false,
  });
}

function describeRunning(running: Collected["running"]): BatchPending {
  const lines = running.map(({ batch: { batch, requests }, state }) => {
    const { completed = 0, failed = 0 } = state.request_counts ?? {};
    const status = state.status.replaceAll("_", " ");
    return `batch ${batch}: ${status}, ${completed + failed} of ${requests} done`;
  });
  return new BatchPending(`${lines.join(", ")}; ${describeNext(running)}`, {
    submittedBefore: true,
  });
}

function describeNext({ length }: { length: number }): string {
  return `the same command collects ${length === 1 ? "it" : "them"}`;
}
