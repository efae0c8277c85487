import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, openLog, recordingFiles, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import { type Chat, type ChatRequest, type Completion, completionSchema } from "./chat.ts";
import { PermanentError } from "./errors.ts";

const lineSchema = completionSchema.extend({ key: z.string() });

/** Completions on disk by their requests' keys; the first one of a key counts that was not cut. */
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
  const cut = new Set<string>();
  const takes = (key: string) => !indices.has(key) || cut.has(key);
  const take = (key: string, index: number, { finishReason }: Completion) => {
    indices.set(key, index);
    if (finishReason === "length") cut.add(key);
    else cut.delete(key);
  };
  try {
    for (const [index, { key, ...completion }] of lines.entries())
      if (takes(key)) take(key, index, completion);
  } catch (error) {
    lines.close();
    throw error;
  }
  return {
    path,
    /** Whether there is a completion, without reading it. */
    has: (key: string) => indices.has(key),
    keys: () => indices.keys(),
    /** The line of a key's completion, from 1. */
    lineOf: (key: string) => (indices.get(key) ?? 0) + 1,
    /** Reads a completion from disk. */
    find(key: string): Completion | undefined {
      const index = indices.get(key);
      if (index === undefined) return undefined;
      const { key: _, ...completion } = lines.read(index);
      return completion;
    },
    get isEmpty() {
      return indices.size === 0;
    },
    /**
     * Writes a completion as it arrives, and nothing for a key that is there, but for one that was cut.
     * @throws ExpectedError
     */
    append(key: string, completion: Completion) {
      if (takes(key)) take(key, lines.append({ key, ...completion }), completion);
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

/** The limit of answers before replies said theirs. */
const earlierLimit = 512;

/** Whether a reply was cut at a limit that a request has no more. */
function isCutShort({ finishReason, limit = earlierLimit }: Completion, request: ChatRequest) {
  return request.limit !== undefined && finishReason === "length" && limit < request.limit;
}

/** Finds the reply to a request in journals, the first that has one; null: none has. */
export function findKnown(journals: readonly Journal[], request: ChatRequest) {
  for (const journal of journals) {
    const known = journal.find(request.key);
    if (known && !isCutShort(known, request)) return { journal, known };
  }
  return null;
}

/** The journals that gave replies to another, by the requests' keys. */
export type Reused = Map<string, Journal>;

/** Renders what neighbours gave: how many replies each, and the lines whose model none of the other replies is by. */
export function renderReused(journal: Journal, reused: Reused): string[] {
  const modelOf = (key: string) => (reused.get(key) ?? journal).find(key)?.model ?? "";
  const own = new Set([...journal.keys()].filter((key) => !reused.has(key)).map(modelOf));
  return [...new Set(reused.values())].map((neighbour) => {
    const taken = [...reused.keys()].filter((key) => reused.get(key) === neighbour);
    const listModels = (keys: readonly string[]) => [...new Set(keys.map(modelOf))].join(", ");
    const said = `replies taken from ${neighbour.path}: ${taken.length} (by ${listModels(taken)})`;
    const others = own.size > 0 ? taken.filter((key) => !own.has(modelOf(key))) : [];
    if (others.length === 0) return said;
    const lines = others.slice(0, 20).map((key) => neighbour.lineOf(key));
    const more = others.length > lines.length ? ", ..." : "";
    return `${said}; of these ${others.length} are by ${listModels(others)}, as none of this run's own is: line ${lines.join(", ")}${more}`;
  });
}

/**
 * Answers from a journal first, then from earlier ones (copying the completion, so that the journal stays
 * whole), and only then asks. Two equal requests at once get the same answer. What a server refuses is
 * written once it has answered something else: whoever refuses all is set up wrongly.
 * @param reused receives the journals that gave a reply
 * @throws PermanentError (when asked) where the first three requests of all are refused in the same words
 */
export function withJournal(
  chat: Chat,
  journal: Journal,
  earlier: readonly Journal[],
  reused: Reused = new Map(),
): Chat {
  const inFlight = new Map<string, Promise<Completion>>();
  let held: { key: string; completion: Completion }[] | null = journal.isEmpty ? [] : null;

  const write = (key: string, completion: Completion) => {
    held?.push({ key, completion });
    if (held && completion.refused !== undefined) {
      const words = held.map((one) => one.completion.refused?.replace(/[\w-]*\d[\w-]*/g, "0"));
      if (held.length < 3) return;
      if (new Set(words).size === 1) throw new PermanentError(completion.refused);
    }
    for (const one of held ?? [{ key, completion }]) journal.append(one.key, one.completion);
    held = null;
  };

  const answer: Chat = async (request) => {
    const { key, limit } = request;
    const found = findKnown([journal, ...earlier], request);
    if (found) {
      const { known } = found;
      if (found.journal !== journal) {
        write(key, known);
        reused.set(key, found.journal);
      }
      // A batch's reply comes by the journal, as if it came now.
      return known.ms === 0 ? known : { ...known, journaled: true };
    }
    const completion = await chat(request);
    const isCut = completion.finishReason === "length" && limit !== undefined;
    write(key, isCut ? { ...completion, limit } : completion);
    return completion;
  };

  return (request) => {
    const { key } = request;
    const answered = inFlight.get(key) ?? answer(request).finally(() => inFlight.delete(key));
    inFlight.set(key, answered);
    return answered;
  };
}
