import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
} from "node:fs";
import { join } from "node:path";
import { ExpectedError, parseLine, recordingFiles, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import type { Chat, Completion } from "./chat.ts";
import { openHashIndex, toHash } from "./hash-index.ts";
import { type LineFile, openLineFile } from "./line-file.ts";
import { readLines } from "./read-lines.ts";

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

/** Completions on disk by their requests' keys; the first of a key counts. */
export interface ReadableJournal {
  /** Whether there is a completion, without reading it. */
  has: (key: string) => boolean;
  /** Reads a completion back from disk. */
  find: (key: string) => Completion | undefined;
  close: () => void;
}

/** A journal that takes completions, each on disk as soon as it arrives. */
export interface Journal extends ReadableJournal {
  /** Of a key that is there nothing is written. */
  append: (key: string, completion: Completion) => void;
}

/**
 * Opens a journal, making it if it is not there. A last line that was cut while being written is
 * removed, and said. In memory a completion takes 18 to 23 bytes, whatever its length.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function openJournal(path: string, log: (line: string) => void): Journal {
  const file = open(path, constants.O_RDWR | constants.O_CREAT, "write");
  const { add, ...known } = openIndex(file, path, (end) => {
    ftruncateSync(file, end);
    log(`${path}: removed a last line that was cut while being written`);
  });
  return {
    ...known,
    append(key, completion) {
      if (known.has(key)) return;
      try {
        add(key, (lines) => lines.append(JSON.stringify({ key, ...completion })));
      } catch (error) {
        throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
      }
    },
    close() {
      try {
        fsyncSync(file);
      } catch {
        // Not a file that can be synced: what was written is as safe as it gets.
      }
      known.close();
    },
  };
}

/**
 * Opens a journal to read only, which another process may be writing: its whole lines as of now.
 * @throws ExpectedError for a damaged line, with file and number
 */
export function readJournal(path: string): ReadableJournal {
  const file = open(path, constants.O_RDONLY, "read");
  const { has, find, close } = openIndex(file, path, () => {});
  return { has, find, close };
}

/** Opens the journals of those folders that have one, to read only. */
export function readJournals(folders: readonly string[]): ReadableJournal[] {
  const paths = folders.map((folder) => join(folder, recordingFiles.journal));
  return paths
    .filter((path) => existsSync(path))
    .sort()
    .map(readJournal);
}

function open(path: string, flags: number, verb: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw new ExpectedError(`cannot ${verb} ${path}: ${toMessage(error)}`, { cause: error });
  }
}

/** Where each key's completion stands. @param onTorn is told where the whole lines end, if more follows */
function openIndex(file: number, path: string, onTorn: (end: number) => void) {
  const index = openHashIndex();
  const lines = openLineFile(file);
  const add = (key: string, toLine: (lines: LineFile) => number) =>
    index.add(toHash(key), toLine(lines));
  try {
    let whole = 0;
    for (const { text, number, offset, end } of readLines(file)) {
      whole = end;
      if (text.trim() === "") continue;
      const { key } = parseReply(text, `${path}:${number}`);
      add(key, () => lines.note(offset, end));
    }
    if (fstatSync(file).size > whole) onTorn(whole);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    add,
    has: (key: string) => index.find(toHash(key)) !== null,
    find(key: string): Completion | undefined {
      const line = index.find(toHash(key));
      if (line === null) return undefined;
      const { key: found, ...completion } = parseReply(lines.read(line), path);
      return found === key ? completion : undefined;
    },
    close: lines.close,
  };
}

function parseReply(text: string, where: string): z.infer<typeof lineSchema> {
  const parsed = lineSchema.safeParse(parseLine(text, where));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ExpectedError(
    `${where}: expected a completion with its key; ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/**
 * Answers from a journal first, then from earlier ones (copying the line, so that the journal stays
 * whole), and only then asks. Two who ask the same at once get the same answer.
 */
export function withJournal(
  chat: Chat,
  journal: Journal,
  earlier: readonly ReadableJournal[],
): Chat {
  const out = new Map<string, Promise<Completion>>();

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
    const answered = out.get(key) ?? answer(request).finally(() => out.delete(key));
    out.set(key, answered);
    return answered;
  };
}

/** Answers from a recording alone. @param folder for the error */
export function openReplay(journal: ReadableJournal, folder: string): Chat {
  return async ({ key }) => {
    const completion = journal.find(key);
    if (completion) return completion;
    throw new ExpectedError(
      `the recording in ${folder} holds no reply for the next request: it was made with other flags, data or another version, or it was cut`,
    );
  };
}
