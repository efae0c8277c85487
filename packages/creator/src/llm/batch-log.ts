import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, parseLine, toLines, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import type { Usage } from "./chat.ts";

/** Where a creation's folder says which batches it submitted. */
export const batchFile = "batches.jsonl";

const usage = z.object({ promptTokens: z.number(), completionTokens: z.number() });

const submittingSchema = z.object({
  event: z.literal("submitting"),
  /** Names the batch here and, as metadata, at the server, before the server has named it. */
  mark: z.string(),
  /** Batches that were submitted together have one number, from 1. */
  wave: z.number(),
  parameters: z.object({
    model: z.string(),
    temperature: z.number(),
    topP: z.number(),
    maxTokens: z.number(),
  }),
  requests: z.number(),
  /** What all of them cost at most. */
  worst: usage,
  /** How they were written otherwise than intended. */
  adapted: z.array(z.string()),
  at: z.string(),
});

const endedSchema = z.object({
  event: z.literal("ended"),
  mark: z.string(),
  status: z.string(),
  replies: z.number(),
  /** What the replies used; null: the server did not count them all. */
  usage: usage.nullable(),
  /** What the server said against the requests' form, if they can be written otherwise. */
  refusal: z.string().nullable(),
  at: z.string(),
});

const eventSchema = z.discriminatedUnion("event", [
  submittingSchema,
  z.object({ event: z.literal("submitted"), mark: z.string(), batch: z.string(), at: z.string() }),
  z.object({ event: z.literal("not submitted"), mark: z.string(), at: z.string() }),
  endedSchema,
]);

/** What happened to a batch. */
export type BatchEvent = z.infer<typeof eventSchema>;

/** A batch as far as its events tell; one that was certainly not submitted is none. */
export interface LoggedBatch extends z.infer<typeof submittingSchema> {
  /** The server's name for it; null: it is not known whether the server has it. */
  batch: string | null;
  /** Set once all that it brought is in the journal. */
  ended: z.infer<typeof endedSchema> | null;
}

/** A creation's batches, on disk before and after each step. */
export interface BatchLog {
  /** In the order of submission. */
  readonly batches: readonly LoggedBatch[];
  append: (event: BatchEvent) => void;
}

/**
 * Opens the batches of a creation's folder. A last line that was cut while being written is removed,
 * and said.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function openBatchLog(folder: string, log: (line: string) => void): BatchLog {
  const path = join(folder, batchFile);
  const batches = existsSync(path) ? readBatches(path, log) : new Map<string, LoggedBatch>();
  return {
    get batches() {
      return [...batches.values()];
    },
    append(event) {
      try {
        appendFileSync(path, `${JSON.stringify(event)}\n`, { flush: true });
      } catch (error) {
        throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
      }
      take(batches, event);
    },
  };
}

/** Whether a creation's folder waits for a batch, so that asking directly would pay twice. */
export function hasOpenBatch(folder: string): boolean {
  const path = join(folder, batchFile);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, "utf8");
  return [...parseBatches(text, path).values()].some(({ ended }) => ended === null);
}

/** What the batches of a creation's folder used so far, as `toSpent` counts. */
export function readBatchSpent(folder: string): Usage {
  const path = join(folder, batchFile);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return toSpent([...parseBatches(text, path).values()]);
}

/** What the batches used so far; those that have not ended, and those uncounted, at worst. */
export function toSpent(batches: readonly LoggedBatch[]): Usage {
  const spent = { promptTokens: 0, completionTokens: 0 };
  for (const { ended, worst } of batches) {
    const { promptTokens, completionTokens } = ended?.usage ?? worst;
    spent.promptTokens += promptTokens;
    spent.completionTokens += completionTokens;
  }
  return spent;
}

function readBatches(path: string, log: (line: string) => void): Map<string, LoggedBatch> {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(10) + 1;
  if (whole < bytes.length) {
    truncateSync(path, whole);
    log(`${path}: removed a last line that was cut while being written`);
  }
  return parseBatches(bytes.toString("utf8"), path);
}

/** The whole lines of a log. */
function parseBatches(text: string, path: string): Map<string, LoggedBatch> {
  const batches = new Map<string, LoggedBatch>();
  for (const { line, number } of toLines(text.slice(0, text.lastIndexOf("\n") + 1))) {
    const where = `${path}:${number}`;
    const parsed = eventSchema.safeParse(parseLine(line, where));
    if (!parsed.success) throw new ExpectedError(`${where}: expected what happened to a batch`);
    take(batches, parsed.data);
  }
  return batches;
}

function take(batches: Map<string, LoggedBatch>, event: BatchEvent): void {
  const { mark } = event;
  const known = batches.get(mark);
  if (event.event === "submitting") batches.set(mark, { ...event, batch: null, ended: null });
  else if (event.event === "not submitted") batches.delete(mark);
  else if (known && event.event === "submitted")
    batches.set(mark, { ...known, batch: event.batch });
  else if (known && event.event === "ended") batches.set(mark, { ...known, ended: event });
}
