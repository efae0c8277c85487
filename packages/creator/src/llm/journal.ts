import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, openLog, recordingFiles, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import { type Chat, type Completion, completionSchema } from "./chat.ts";

const lineSchema = completionSchema.extend({ key: z.string() });

/** Completions on disk by their requests' keys; the first one of a key counts. */
export type Journal = ReturnType<typeof openJournal>;

/**
 * Opens a journal: to append, created where there is none, or to read its whole lines as of now, which
 * another process may be adding to. A last line that was cut while being written is removed, with a log line.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function openJournal(
  path: string,
  log: (line: string) => void,
  mode: "append" | "read" = "append",
) {
  const lines = openLog(path, lineSchema, { holds: "a completion with its key", mode, log });
  const indices = new Map<string, number>();
  try {
    for (const [index, { key }] of lines.entries()) if (!indices.has(key)) indices.set(key, index);
  } catch (error) {
    lines.close();
    throw error;
  }
  return {
    /** Whether there is a completion, without reading it. */
    has: (key: string) => indices.has(key),
    /** Reads a completion from disk. */
    find(key: string): Completion | undefined {
      const index = indices.get(key);
      if (index === undefined) return undefined;
      const { key: _, ...completion } = lines.read(index);
      return completion;
    },
    /** Writes a completion as it arrives, and nothing for a key that is there. @throws ExpectedError */
    append(key: string, completion: Completion) {
      if (!indices.has(key)) indices.set(key, lines.append({ key, ...completion }));
    },
    close() {
      lines.sync();
      lines.close();
    },
  };
}

/**
 * Opens those journals of other creations that can be read, in `folders`: what they hold need not be asked.
 * One that is damaged is left out, with a log line.
 */
export function readJournals(folders: readonly string[], log: (line: string) => void): Journal[] {
  const paths = folders.map((folder) => join(folder, recordingFiles.journal));
  return paths
    .filter((path) => existsSync(path))
    .sort()
    .flatMap((path) => {
      try {
        return [openJournal(path, log, "read")];
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        log(`${toMessage(error)}; the replies of this creation are not used for others`);
        return [];
      }
    });
}

/**
 * Answers from a journal first, then from earlier ones (copying the completion, so that the journal stays
 * whole), and only then asks. Two equal requests at once get the same answer.
 */
export function withJournal(chat: Chat, journal: Journal, earlier: readonly Journal[]): Chat {
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
