import type { BatchClient, BatchState } from "./batch-api.ts";
import { parseBatchLine } from "./batch-lines.ts";
import type { LoggedBatch } from "./batch-log.ts";
import type { Parameters, Usage } from "./chat.ts";
import type { Journal } from "./journal.ts";
import { toCompletion } from "./open-chat.ts";
import { RetryableError } from "./retries.ts";

/** What a batch brought. */
export interface Collected {
  replies: number;
  /** What they used; null: the server did not count them all. */
  usage: Usage | null;
  /** Requests that the server does not take in their form, and its words. */
  refused: Map<string, string>;
  /** Requests that it takes in no form, and its words. */
  declined: Map<string, string>;
  /** Why others are without a reply: its last words. */
  said: string | null;
}

/** Whether a batch is over, in whatever way; until then it may still bring something. */
export function isOver({ status }: BatchState): boolean {
  return ["completed", "failed", "expired", "cancelled"].includes(status);
}

/** Reads all that a batch brought, its replies into the journal. */
export async function collectBatch(
  { parameters, adapted }: LoggedBatch,
  state: BatchState,
  client: BatchClient,
  journal: Pick<Journal, "append">,
): Promise<Collected> {
  const seconds = state.completed_at ?? state.expired_at ?? state.cancelled_at ?? state.created_at;
  const facts = { ms: 0, at: new Date(seconds * 1000).toISOString(), adapted };
  const files = [state.output_file_id, state.error_file_id].filter((file) => file != null);

  return client.readFiles(files, async (lines) => {
    const collected = toNothing(state);
    for await (const line of lines) {
      const outcome = parseBatchLine(line);
      if (outcome?.kind === "reply") {
        const reply = readReply(outcome.body, parameters);
        if (reply instanceof RetryableError) {
          collected.said = reply.message;
          collected.usage = null;
          continue;
        }
        journal.append(outcome.key, { ...reply, ...facts });
        collected.replies += 1;
        collected.usage = toSum(collected.usage, reply.usage);
      } else if (outcome?.kind === "lost") collected.said = outcome.said;
      else if (outcome) collected[outcome.kind].set(outcome.key, outcome.said);
    }
    return collected;
  });
}

function toNothing({ errors }: BatchState): Collected {
  return {
    replies: 0,
    usage: { promptTokens: 0, completionTokens: 0 },
    refused: new Map(),
    declined: new Map(),
    said: errors?.data?.[0]?.message ?? null,
  };
}

function readReply(body: unknown, parameters: Parameters) {
  try {
    return toCompletion(body, parameters);
  } catch (error) {
    if (error instanceof RetryableError) return error;
    throw error;
  }
}

function toSum(sum: Usage | null, usage: Usage | null): Usage | null {
  if (sum === null || usage === null) return null;
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
  };
}
