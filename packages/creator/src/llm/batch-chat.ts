import { type BatchClientOptions, openBatchClient } from "./batch-api.ts";
import { openBatchLog, toSpent } from "./batch-log.ts";
import { toRunning, toSubmitted } from "./batch-pending.ts";
import { settleBatches } from "./batch-settle.ts";
import { type BatchLimits, openaiLimits, submitWave, type Waiting } from "./batch-submit.ts";
import type { Chat, Parameters, Usage } from "./chat.ts";
import type { Journal } from "./journal.ts";

/** What asking by batches needs. */
export interface BatchOptions extends BatchClientOptions {
  /** The creation's, for its `batches.jsonl`. */
  folder: string;
  /** Where the replies go that earlier batches brought. */
  journal: Pick<Journal, "append">;
  log: (line: string) => void;
  /** Milliseconds without another request after which a wave is complete. */
  quiet?: number;
  most?: BatchLimits;
}

/** Asking by batches. */
export interface BatchChat {
  /**
   * A chat, to be asked only what the journal does not hold. It never answers: a request is rejected
   * with `BatchPending` once its wave is submitted, or with what went wrong.
   */
  chat: (parameters: Parameters) => Chat;
  /** What all earlier batches used; at worst where that is not known yet. */
  spent: Usage;
}

/**
 * Opens OpenAI's Batch API as a chat: half the price, and replies within a day. What earlier batches
 * brought goes into the journal first. Then all that is asked until nothing more comes is one wave,
 * which is submitted while no other one is out.
 * @throws ExpectedError
 */
export async function openBatchChat(options: BatchOptions): Promise<BatchChat> {
  const { folder, log, clock, quiet = 1000, most = openaiLimits } = options;
  const client = openBatchClient(options);
  const batchLog = openBatchLog(folder, log);
  const { running, declined } = await settleBatches({ ...options, client, batchLog });
  const wave: (Waiting & { reject: (reason: unknown) => void })[] = [];
  let outcome: unknown = running.length > 0 ? toRunning(running) : null;

  const leaveWhenQuiet = async () => {
    for (let before = 0; before < wave.length; ) {
      before = wave.length;
      await clock.sleep(quiet);
    }
    outcome = await submitWave(wave, { ...options, client, batchLog, most }).then(
      toSubmitted,
      (error: unknown) => error,
    );
    for (const { reject } of wave.splice(0)) reject(outcome);
  };

  return {
    chat: (parameters) => async (request) => {
      const refused = declined.get(request.key) ?? outcome;
      if (refused) throw refused;
      return new Promise((_, reject) => {
        wave.push({ request, parameters, reject });
        if (wave.length === 1) void leaveWhenQuiet();
      });
    },
    spent: toSpent(batchLog.batches),
  };
}
