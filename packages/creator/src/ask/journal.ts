import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { ExpectedError, parseLine, toLines, toMessage } from "@seedling/core";
import { z } from "zod";
import type { Chat, Completion } from "./chat.ts";

const lineSchema = z.object({
  key: z.string(),
  text: z.string(),
  finishReason: z.string().nullable(),
  refusal: z.string().nullable(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }).nullable(),
  model: z.string(),
  ms: z.number(),
  at: z.string(),
  adapted: z.array(z.string()),
});

/** Completions by their requests' keys, each on disk as soon as it arrives. */
export interface Journal {
  find: (key: string) => Completion | undefined;
  append: (key: string, completion: Completion) => void;
  close: () => void;
}

/**
 * Opens a journal, making it if it is not there. A last line that was cut while being written is
 * removed, and said.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function openJournal(path: string, notice: (line: string) => void): Journal {
  const known = existsSync(path) ? readJournal(path, notice) : new Map<string, Completion>();
  const file = open(path);
  return {
    find: (key) => known.get(key),
    append(key, completion) {
      known.set(key, completion);
      try {
        writeSync(file, `${JSON.stringify({ key, ...completion })}\n`);
      } catch (error) {
        throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`);
      }
    },
    close() {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`);
  }
}

function readJournal(path: string, notice: (line: string) => void): Map<string, Completion> {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(10) + 1;
  if (whole < bytes.length) {
    truncateSync(path, whole);
    notice(`${path}: removed a last line that was cut while being written`);
  }
  return parseJournal(bytes.subarray(0, whole).toString("utf8"), path);
}

/** Parses a journal's text. @param path for errors */
export function parseJournal(text: string, path: string): Map<string, Completion> {
  const known = new Map<string, Completion>();
  for (const { line, number } of toLines(text)) {
    const parsed = lineSchema.safeParse(parseLine(line, `${path}:${number}`));
    if (!parsed.success)
      throw new ExpectedError(
        `${path}:${number}: expected a completion with its key; ${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`,
      );
    const { key, ...completion } = parsed.data;
    known.set(key, completion);
  }
  return known;
}

/**
 * Answers from a journal first, then from earlier ones (copying the line, so that the journal stays
 * whole), and only then asks.
 */
export function withJournal(chat: Chat, journal: Journal, earlier: Map<string, Completion>): Chat {
  return async (request) => {
    const known = journal.find(request.key);
    if (known) return known;
    const completion = earlier.get(request.key) ?? (await chat(request));
    journal.append(request.key, completion);
    return completion;
  };
}

/** Answers from a recording alone. @param folder for the error */
export function openReplay(known: ReadonlyMap<string, Completion>, folder: string): Chat {
  return async ({ key }) => {
    const completion = known.get(key);
    if (completion) return completion;
    throw new ExpectedError(
      `the recording in ${folder} holds no reply for the next request: it was made with other flags, data or another version, or it was cut`,
    );
  };
}
