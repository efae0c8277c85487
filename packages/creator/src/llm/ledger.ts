import { closeSync, existsSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { ExpectedError, parseLine, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import { appendWhole } from "./append-whole.ts";
import { type Books, openBooks, type Settlement } from "./books.ts";
import type { Usage } from "./chat.ts";
import { readLines } from "./read-lines.ts";

/** What a creation paid for, on disk before it is paid. */
export interface Ledger {
  /** Tokens of all requests of this and earlier processes: settled, or else at worst. */
  readonly spent: Usage;
  /** Requests that were sent, are not out now, and whose reply never came; tokens at worst. */
  readonly lost: { requests: number; tokens: number };
  /** Writes down a request that is about to be sent, at worst. @returns its number */
  sent: (worst: Usage) => number;
  settle: (id: number, settlement: Settlement) => void;
  close: () => void;
}

/** A creation's ledger, in its folder. */
export const spendingFile = "spending.jsonl";

const tokens = z.number().int().nonnegative();
const usage = z.strictObject({ promptTokens: tokens, completionTokens: tokens });
const lineSchema = z.union([
  z.strictObject({ sent: tokens, worst: usage }),
  z.strictObject({ settled: tokens, used: z.union([usage, z.enum(["nothing", "lost"])]) }),
]);

/**
 * Opens the ledger at `path`, making it if it is not there: a line for each request before it is sent,
 * and one when it is settled. A last line that was cut while being written is removed, and said; what
 * an earlier process sent and never settled is lost.
 * @throws ExpectedError for a damaged line, with file and number, and where nothing can be written
 */
export function openLedger(path: string, log: (line: string) => void): Ledger {
  const attempt = <T>(write: () => T): T => {
    try {
      return write();
    } catch (error) {
      throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`);
    }
  };
  const file = attempt(() => openSync(path, "a+"));
  const books = openBooks();
  let size = takeLines(books, file, path);
  books.loseAll();
  if (size < fstatSync(file).size) {
    attempt(() => ftruncateSync(file, size));
    log(`${path}: removed a last line that was cut while being written`);
  }

  const append = (line: z.infer<typeof lineSchema>) => {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    attempt(() => appendWhole(file, bytes, size));
    size += bytes.length;
  };

  return {
    get spent() {
      return books.spent;
    },
    get lost() {
      return books.lost;
    },
    sent(worst) {
      const id = books.next;
      append({ sent: id, worst });
      books.send(id, worst);
      return id;
    },
    settle(id, settlement) {
      append({ settled: id, used: settlement });
      books.settle(id, settlement);
    },
    close: () => closeSync(file),
  };
}

/** What a creation spent so far, what is out at worst; another process may be writing it. */
export function readSpent(path: string): Usage {
  const books = openBooks();
  if (!existsSync(path)) return books.spent;
  const file = openSync(path, "r");
  try {
    takeLines(books, file, path);
  } finally {
    closeSync(file);
  }
  return books.spent;
}

/** The books of requests that another file answers for: nothing is written. */
export function openUnwritten(): Ledger {
  const books = openBooks();
  return {
    get spent() {
      return books.spent;
    },
    get lost() {
      return { requests: 0, tokens: 0 };
    },
    sent(worst) {
      const id = books.next;
      books.send(id, worst);
      return id;
    },
    settle: books.settle,
    close() {},
  };
}

/** Takes a ledger's whole lines into the books. @returns their bytes */
function takeLines(books: Books, file: number, path: string): number {
  let size = 0;
  for (const { text, number, end } of readLines(file)) {
    takeLine(books, text, `${path}:${number}`);
    size = end;
  }
  return size;
}

function takeLine(books: Books, text: string, where: string) {
  const parsed = lineSchema.safeParse(parseLine(text, where));
  const line = parsed.data;
  if (!line)
    throw new ExpectedError(`${where}: expected a request that was sent or settled, got ${text}`);
  if ("sent" in line) books.send(line.sent, line.worst);
  else if (books.isOut(line.settled)) books.settle(line.settled, line.used);
  else
    throw new ExpectedError(`${where}: expected a request that is out, got number ${line.settled}`);
}
