import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  creationFiles,
  ExpectedError,
  isLabelChecked,
  linesInside,
  listFolders,
  readLog,
  recordingFiles,
} from "@seedling/core/internal";
import { z } from "zod";
import { addReply, createTokenCount } from "../create/creation.ts";
import { completionSchema } from "../llm/chat.ts";
import { averageUsage, type MeasuredReplies, type Workload } from "../llm/estimate.ts";

const holds = "a creation's record";

const replySchema = completionSchema.extend({ key: z.string() });

/** A line of `lineage.jsonl` or `rejected.jsonl`. */
const processedSchema = z.looseObject({
  request: z.number(),
  key: z.string(),
  reason: z.string().optional(),
});

/**
 * Measures the replies that a creation need not ask for: of its own journal, however it was stopped, or of that
 * neighbour's, such as a smaller creation of the same seed, which holds the most.
 * A journal that holds its first request is of these requests.
 * @returns null where none does
 */
export function measureKnown(folder: string, workload: Workload): MeasuredReplies | null {
  const others = listFolders(dirname(folder));
  const count = ({ replies, waiting }: MeasuredReplies) => replies + waiting;
  const measured = [folder, ...others.filter((other) => other !== folder)]
    .flatMap((one) => measureFolder(one, workload) ?? [])
    .sort((one, other) => count(other) - count(one));
  return measured[0] ?? null;
}

/** @returns null where the journal does not hold the first request, or is damaged: then it is not used */
function measureFolder(folder: string, workload: Workload): MeasuredReplies | null {
  const journal = join(folder, recordingFiles.journal);
  const { request } = workload.naming ?? workload.creating;
  try {
    if (!existsSync(journal) || !isOf(journal, request.key)) return null;
    return measureJournal(journal, readProcessed(folder), workload);
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

function isOf(journal: string, key: string): boolean {
  for (const { bytes } of linesInside(journal)) if (bytes.includes(key)) return true;
  return false;
}

/** Reads what a creation has processed so far: its files are written as it goes. */
function readProcessed(folder: string) {
  const keys = new Set<string>();
  let [replies, kept, checked] = [0, 0, 0];
  for (const name of [creationFiles.lineage, creationFiles.rejected])
    for (const { request, key, reason } of readLog(join(folder, name), processedSchema, holds)) {
      keys.add(key);
      replies = Math.max(replies, request + 1);
      if (reason === undefined) kept += 1;
      if (reason === undefined || isLabelChecked(reason)) checked += 1;
    }
  return { keys, replies, kept, checked };
}

/** Measures a journal, whose replies are a creation's, processed or waiting, and answers of its label check. */
function measureJournal(
  journal: string,
  { keys, replies, kept, checked }: ReturnType<typeof readProcessed>,
  { checking: check, naming, perRequest, tokens: end }: Workload,
): MeasuredReplies {
  const times = check?.times ?? 0;
  const [tokens, checking] = [createTokenCount(), createTokenCount()];
  const seen = new Set<string>();
  let [processed, others, ms] = [0, 0, 0];
  for (const { key, ...reply } of readLog(journal, replySchema, holds)) {
    if (seen.has(key)) continue;
    seen.add(key);
    ms += reply.ms;
    const isOther = times > 0 && !keys.has(key);
    addReply(isOther ? checking : tokens, reply);
    if (isOther) others += 1;
    else processed += 1;
  }
  const named = Math.min(naming?.requests ?? 0, seen.size);
  // What is not processed: replies, each with the answers about its examples.
  const left = Math.max(0, seen.size - named - keys.size - checked * times);
  const waiting = Math.round(left / (1 + times * (replies > 0 ? checked / replies : perRequest)));
  const [each, answer] = [averageUsage(tokens, processed), averageUsage(checking, others)];
  const sum = (usage: typeof each) => (usage ? usage.promptTokens + usage.completionTokens : 0);
  return {
    replies,
    counted: (replies + named) * sum(each) + (end?.withChecks ? checked * times * sum(answer) : 0),
    waiting,
    answered: left - waiting,
    named,
    kept,
    checked,
    usage: each,
    checkUsage: answer,
    seconds: ms / 1000 / Math.max(1, seen.size),
    perSecond: null,
  };
}
