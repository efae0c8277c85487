import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, type Log, openLog } from "@seedling/core/internal";
import { z } from "zod";
import { addTokens, type Spending, type Usage } from "./chat.ts";

/** A creation's ledger, in its folder. */
const ledgerFile = "spending.jsonl";

/** Earlier versions wrote batches to a file of their own. */
const earlierBatchFile = "batches.jsonl";

const tokens = z.number().int().nonnegative();
const usage = z.object({ promptTokens: tokens, completionTokens: tokens });

const requestLines = [
  z.object({ sent: tokens, worst: usage }),
  z.object({ settled: tokens, used: z.union([usage, z.enum(["nothing", "lost"])]) }),
] as const;

const batchLine = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("submitting"),
    /** A name of ours that the server keeps, so that a submission that was cut off is found again. */
    mark: z.string(),
    /** From 1; batches of one wave were submitted together. */
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
  }),
  z.object({ event: z.literal("submitted"), mark: z.string(), batch: z.string(), at: z.string() }),
  z.object({ event: z.literal("not submitted"), mark: z.string(), at: z.string() }),
  z.object({
    event: z.literal("ended"),
    mark: z.string(),
    status: z.string(),
    replies: z.number(),
    /** What the replies used; null: the server did not count them all. */
    usage: usage.nullable(),
    /** What the server said against the requests' form, if they can be written otherwise. */
    refusal: z.string().nullable(),
    at: z.string(),
  }),
]);

const lineSchema = z.union([...requestLines, batchLine]);

/** What happened to a batch. */
export type BatchEvent = z.infer<typeof batchLine>;

/** A batch as far as its events tell; one that was certainly not submitted is left out. */
export interface LoggedBatch extends Extract<BatchEvent, { event: "submitting" }> {
  /** The server's name for it; null: it is not known whether the server has it. */
  batch: string | null;
  /** Set once all that it brought is in the journal. */
  ended: Extract<BatchEvent, { event: "ended" }> | null;
}

/** What a request used: nothing where the server did no work; lost: its reply never came, nobody knows. */
export type Used = Usage | "nothing" | "lost";

/** What a creation paid for, on disk before it is paid. */
export interface ReadableLedger {
  /** Tokens of all requests of this and earlier processes; at most, where the reply has not come. */
  readonly spent: Spending;
  /** Requests that were sent, are not out now, and whose reply never came; their tokens at most. */
  readonly lost: { requests: number; tokens: number };
  /** In the order of submission. */
  readonly batches: readonly LoggedBatch[];
}

/** A ledger that takes what happens. Each line is in the file when a function returns. */
export interface Ledger extends ReadableLedger {
  /** Takes a request that is about to be sent. @returns its number */
  send: (worst: Usage) => number;
  /** Takes what became of it. */
  commit: (id: number, used: Used) => void;
  takeBatch: (event: BatchEvent) => void;
  close: () => void;
}

/**
 * Opens the ledger of a creation's folder, created where there is none. What an earlier process sent
 * and never committed is lost.
 * @throws ExpectedError for a damaged line, with file and number, and where nothing can be written
 */
export function openLedger(folder: string, log: (line: string) => void): Ledger {
  const books = createBooks();
  readEarlierBatches(folder, books);
  const path = join(folder, ledgerFile);
  const lines = openLog(path, lineSchema, { holds, log });
  readInto(books, lines, path);
  books.loseAll();
  return {
    get spent() {
      return books.spent;
    },
    get lost() {
      return { ...books.lost };
    },
    get batches() {
      return [...books.batches.values()];
    },
    send(worst) {
      const sent = books.next;
      lines.append({ sent, worst });
      books.take({ sent, worst });
      return sent;
    },
    commit(settled, used) {
      lines.append({ settled, used });
      books.take({ settled, used });
    },
    takeBatch(event) {
      lines.append(event);
      lines.sync();
      books.take(event);
    },
    close: lines.close,
  };
}

/** Reads the ledger of a creation's folder, which another process may be writing; an empty one where there is none. */
export function readLedger(folder: string): ReadableLedger {
  const books = createBooks();
  readEarlierBatches(folder, books);
  const path = join(folder, ledgerFile);
  if (existsSync(path)) {
    const lines = openLog(path, lineSchema, { holds, mode: "read" });
    readInto(books, lines, path);
    lines.close();
  }
  return { spent: books.spent, lost: books.lost, batches: [...books.batches.values()] };
}

const holds = "a request that was sent or settled, or what happened to a batch";

type Line = z.infer<typeof lineSchema>;

function readEarlierBatches(folder: string, books: Books): void {
  const path = join(folder, earlierBatchFile);
  if (!existsSync(path)) return;
  const lines = openLog(path, batchLine, { holds: "what happened to a batch", mode: "read" });
  readInto(books, lines, path);
  lines.close();
}

/** Takes all lines; a log that cannot be read is closed. */
function readInto(books: Books, lines: Log<Line> | Log<BatchEvent>, path: string): void {
  try {
    for (const [index, line] of lines.entries()) books.take(line, `${path}:${index + 1}`);
  } catch (error) {
    lines.close();
    throw error;
  }
}

type Books = ReturnType<typeof createBooks>;

/** Sums up a ledger's lines. Only requests that are out are held one by one. */
function createBooks() {
  const out = new Map<number, Usage>();
  const direct: Usage = { promptTokens: 0, completionTokens: 0 };
  const lost = { requests: 0, tokens: 0 };
  const batches = new Map<string, LoggedBatch>();
  let next = 0;

  const commit = (id: number, used: Used, where = "") => {
    const worst = out.get(id);
    if (!worst)
      throw new ExpectedError(`${where}: expected a request that is out, got number ${id}`);
    out.delete(id);
    if (used === "nothing") return;
    addTokens(direct, used === "lost" ? worst : used);
    if (used !== "lost") return;
    lost.requests += 1;
    lost.tokens += worst.promptTokens + worst.completionTokens;
  };

  const takeBatch = (event: BatchEvent) => {
    const { mark } = event;
    const known = batches.get(mark);
    if (event.event === "submitting") batches.set(mark, { ...event, batch: null, ended: null });
    else if (event.event === "not submitted") batches.delete(mark);
    else if (known && event.event === "submitted")
      batches.set(mark, { ...known, batch: event.batch });
    else if (known && event.event === "ended") batches.set(mark, { ...known, ended: event });
  };

  return {
    lost,
    batches,
    /** The next request's number: above all that were ever used. */
    get next() {
      return next;
    },
    get spent(): Spending {
      const sum = { ...direct, batched: { promptTokens: 0, completionTokens: 0 } };
      for (const worst of out.values()) addTokens(sum, worst);
      for (const { ended, worst } of batches.values())
        addTokens(sum.batched, ended?.usage ?? worst);
      addTokens(sum, sum.batched);
      return sum;
    },
    /** @param where the line stands, for the error */
    take(line: Line, where = "") {
      if ("event" in line) takeBatch(line);
      else if ("settled" in line) commit(line.settled, line.used, where);
      else {
        out.set(line.sent, line.worst);
        next = Math.max(next, line.sent + 1);
      }
    },
    /** Nobody waits any more for what is out. */
    loseAll() {
      for (const id of [...out.keys()]) commit(id, "lost");
    },
  };
}
