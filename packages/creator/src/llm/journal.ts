import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, openLog, recordingFiles, toMessage } from "@seedling/core/internal";
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

/** Completions on disk by their requests' keys; the first one of a key counts. */
export interface ReadableJournal {
  /** Whether there is a completion, without reading it. */
  has: (key: string) => boolean;
  /** Reads a completion from disk. */
  find: (key: string) => Completion | undefined;
  close: () => void;
}

/** A journal that takes completions: each is on disk as soon as it arrives. */
export interface Journal extends ReadableJournal {
  /** Writes nothing for a key that is there. @throws ExpectedError where it cannot be written */
  append: (key: string, completion: Completion) => void;
}

/**
 * Opens a journal, created where there is none. A last line that was cut while being written is
 * removed, with a log line.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function openJournal(path: string, log: (line: string) => void): Journal {
  return open(path, "append", log);
}

/**
 * Opens a journal to read only, which another process may be writing: its whole lines as of now.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function readJournal(path: string): ReadableJournal {
  return open(path, "read", () => {});
}

/**
 * Opens those journals of other creations that can be read, in `folders`: what they hold need not be asked.
 * One that is damaged is left out, with a log line.
 */
export function readJournals(
  folders: readonly string[],
  log: (line: string) => void,
): ReadableJournal[] {
  const paths = folders.map((folder) => join(folder, recordingFiles.journal));
  return paths
    .filter((path) => existsSync(path))
    .sort()
    .flatMap((path) => {
      try {
        return [readJournal(path)];
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        log(`${toMessage(error)}; the replies of this creation are not used for others`);
        return [];
      }
    });
}

function open(path: string, mode: "append" | "read", log: (line: string) => void): Journal {
  const holds = "a completion with its key";
  const lines = openLog(path, lineSchema, { holds, mode, log });
  const indices = new Map<string, number>();
  try {
    for (const [index, { key }] of lines.entries()) if (!indices.has(key)) indices.set(key, index);
  } catch (error) {
    lines.close();
    throw error;
  }
  return {
    has: (key) => indices.has(key),
    find(key) {
      const index = indices.get(key);
      if (index === undefined) return undefined;
      const { key: _, ...completion } = lines.read(index);
      return completion;
    },
    append(key, completion) {
      if (!indices.has(key)) indices.set(key, lines.append({ key, ...completion }));
    },
    close() {
      if (mode === "append") lines.sync();
      lines.close();
    },
  };
}

/**
 * Answers from a journal first, then from earlier ones (copying the completion, so that the journal stays
 * whole), and only then asks. Two equal requests at once get the same answer.
 */
export function withJournal(
  chat: Chat,
  journal: Journal,
  earlier: readonly ReadableJournal[],
): Chat {
  const inFlight = new Map<string, Promise<Completion>>();

  const answer: Chat = async (request) => {
    const { key } = request;
    const known = journal.find(key);
    if (known) return known;
    const copied = earlier.find(({ has }) => has(key))?.find(key);
    const completion = copied ?? (await chat(request));
    journal.append(key, completion);
    return completion;
  };

  return (request) => {
    const { key } = request;
    const answered = inFlight.get(key) ?? answer(request).finally(() => inFlight.delete(key));
    inFlight.set(key, answered);
    return answered;
  };
}

/** Creates a chat that answers from a recording alone. @param folder for the error */
export function createReplay(journal: ReadableJournal, folder: string): Chat {
  return async ({ key }) => {
    const completion = journal.find(key);
    if (completion) return completion;
    throw new ExpectedError(
      `the recording in ${folder} holds no reply for the next request: it was made with other flags, data or another version, or it was cut`,
    );
  };
}
