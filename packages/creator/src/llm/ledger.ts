import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, type Log, openLog } from "@seedling/core/internal";
import { z } from "zod";
import { addTokens, parametersSchema, type Spending, type Usage } from "./chat.ts";

/** A creation's ledger, in its folder. */
const ledgerFile = "spending.jsonl";

/** Earlier versions wrote batches to a file of their own. */
const earlierBatchFile = "batches.jsonl";

const tokens = z.number().int().nonnegative();
const usage = z.object({ promptTokens: tokens, completionTokens: tokens });
const used = z.union([usage, z.enum(["nothing", "lost"])]);

/** What a request used: nothing where the server did no work; lost: its reply never came, nobody knows. */
export type Used = z.infer<typeof used>;

/** A name of ours that the server keeps, so that a submission that was cut off is found again; and when. */
const facts = { mark: z.string(), at: z.string() };

const batchLine = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("submitting"),
    /** From 1; batches of one wave were submitted together. */
    wave: z.number(),
    parameters: parametersSchema,
    requests: z.number(),
    /** What all of them cost at most. */
    worst: usage,
    /** How they were written otherwise than intended. */
    adapted: z.array(z.string()),
    ...facts,
  }),
  z.object({ event: z.literal("submitted"), batch: z.string(), ...facts }),
  z.object({ event: z.literal("not submitted"), ...facts }),
  z.object({
    event: z.literal("ended"),
    status: z.string(),
    replies: z.number(),
    /** What the replies used; null: the server did not count them all. */
    usage: usage.nullable(),
    /** What the server said against the requests' form, if they can be written otherwise. */
    refusal: z.string().nullable(),
    ...facts,
  }),
]);

const lineSchema = z.union([
  z.object({ sent: tokens, worst: usage }),
  z.object({ settled: tokens, used }),
  batchLine,
]);

type Line = z.infer<typeof lineSchema>;

/** What happened to a batch. */
export type BatchEvent = z.infer<typeof batchLine>;

/** A batch as far as its events tell; one that was certainly not submitted is left out. */
export interface LoggedBatch extends Extract<BatchEvent, { event: "submitting" }> {
  /** The server's name for it; null: it is not known whether the server has it. */
  batch: string | null;
  /** Set once all that it brought is in the journal. */
  ended: Extract<BatchEvent, { event: "ended" }> | null;
}

/** What a creation paid for, on disk before it is paid. */
export type Ledger = ReturnType<typeof openLedger>;

/**
 * Opens the ledger of a creation's folder, created where there is none. What an earlier process sent
 * and never committed is lost. Each line is in the file when a function returns.
 * @param mode read: nothing is written, and what is out is not lost
 * @throws ExpectedError for a damaged line, with file and number, and where nothing can be written
 */
export function openLedger(
  folder: string,
  log: (line: string) => void,
  mode: "append" | "read" = "append",
) {
  /** Requests that are out: only these are held one by one. */
  const out = new Map<number, Usage>();
  const batches = new Map<string, LoggedBatch>();
  const direct: Usage = { promptTokens: 0, completionTokens: 0 };
  const lost = { requests: 0, tokens: 0 };
  /** The most completion tokens of a reply. */
  let longest = 0;
  let next = 0;

  const commit = (id: number, used: Used, where: string) => {
    const worst = out.get(id);
    if (!worst)
      throw new ExpectedError(`${where}: expected a request that is out, got number ${id}`);
    out.delete(id);
    if (used === "nothing") return;
    addTokens(direct, used === "lost" ? worst : used);
    if (used !== "lost") longest = Math.max(longest, used.completionTokens);
    if (used !== "lost") return;
    lost.requests += 1;
    lost.tokens += worst.promptTokens + worst.completionTokens;
  };

  const take = (line: Line, where: string) => {
    if ("sent" in line) {
      out.set(line.sent, line.worst);
      next = Math.max(next, line.sent + 1);
    } else if ("settled" in line) commit(line.settled, line.used, where);
    else if (line.event === "submitting")
      batches.set(line.mark, { ...line, batch: null, ended: null });
    else if (line.event === "not submitted") batches.delete(line.mark);
    else {
      const known = batches.get(line.mark);
      const more = line.event === "ended" ? { ended: line } : { batch: line.batch };
      if (known) batches.set(line.mark, { ...known, ...more });
    }
  };

  const load = (name: string, mode: "append" | "read"): Log<Line> | null => {
    const path = join(folder, name);
    if (mode === "read" && !existsSync(path)) return null;
    const holds = "a request that was sent or settled, or what happened to a batch";
    const lines = openLog(path, lineSchema, { holds, mode, log });
    try {
      for (const [index, line] of lines.entries()) take(line, `${path}:${index + 1}`);
    } catch (error) {
      lines.close();
      throw error;
    }
    return lines;
  };

  load(earlierBatchFile, "read")?.close();
  const lines = load(ledgerFile, mode);
  if (mode === "append") for (const id of [...out.keys()]) commit(id, "lost", "");

  const write = (line: Line) => {
    lines?.append(line);
    take(line, ledgerFile);
  };

  return {
    get longest() {
      return longest;
    },
    /** Tokens of all requests of this and earlier processes; at most, where the reply has not come. */
    get spent(): Spending {
      const sum = { ...direct, batched: { promptTokens: 0, completionTokens: 0 } };
      for (const worst of out.values()) addTokens(sum, worst);
      for (const { ended, worst } of batches.values())
        addTokens(sum.batched, ended?.usage ?? worst);
      addTokens(sum, sum.batched);
      return sum;
    },
    /** Requests that were sent, are not out now, and whose reply never came; their tokens at most. */
    lost: lost as Readonly<typeof lost>,
    /** Batches in the order of submission. */
    get batches(): readonly LoggedBatch[] {
      return [...batches.values()];
    },
    /** Takes a request that is about to be sent. @returns its number, above all that were ever used */
    send(worst: Usage): number {
      const sent = next;
      write({ sent, worst });
      return sent;
    },
    /** Takes what became of a request. */
    commit: (settled: number, used: Used) => write({ settled, used }),
    takeBatch(event: BatchEvent) {
      write(event);
      lines?.sync();
    },
    close: () => lines?.close(),
  };
}

/** Reads the ledger of a creation's folder, which another process may be writing; an empty one where there is none. */
export function readLedger(folder: string): Pick<Ledger, "spent" | "lost" | "batches"> {
  const ledger = openLedger(folder, () => {}, "read");
  ledger.close();
  return ledger;
}
