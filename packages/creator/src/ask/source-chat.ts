import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Completions, type Desk, type Flags, recordingFiles } from "@seedling/core";
import type { Chat, Completion, Parameters } from "./chat.ts";
import { openJournal, openReplay, parseJournal, withJournal } from "./journal.ts";
import { openChat } from "./open-chat.ts";
import { withRetries } from "./retries.ts";

/** A creation's `Chat`, whoever answers. */
export interface SourceChat {
  chat: Chat;
  close: () => void;
}

/**
 * Opens what answers a creation's requests: a recording, or the journal of `folder`, those of other
 * creations beside it, and then the server.
 */
export function openSourceChat(
  completions: Completions,
  parameters: Parameters,
  folder: string,
  flags: Flags,
  { fetch, notice }: Desk,
): SourceChat {
  if (completions.kind !== "live") {
    const recorded = completions.recording.folder;
    return { chat: openReplay(readReplies(recorded), recorded), close: () => {} };
  }
  const { timeout, retries } = flags;
  const options = { endpoint: completions.endpoint, parameters, timeout, fetch, notice };
  const server = withRetries(openChat({ ...options, now: Date.now }), retries);
  const journal = openJournal(join(folder, recordingFiles.journal), notice);
  return { chat: withJournal(server, journal, readNeighbours(folder)), close: journal.close };
}

/** The replies in the journals of the other creations of the same task and setting. */
function readNeighbours(folder: string): Map<string, Completion> {
  const others = readdirSync(dirname(folder)).map((name) => join(dirname(folder), name));
  const journals = others.filter(
    (other) => other !== folder && existsSync(join(other, recordingFiles.journal)),
  );
  return new Map(journals.sort().flatMap((other) => [...readReplies(other)]));
}

/** The whole lines of a folder's journal. */
function readReplies(folder: string): Map<string, Completion> {
  const path = join(folder, recordingFiles.journal);
  const text = readFileSync(path, "utf8");
  return parseJournal(text.slice(0, text.lastIndexOf("\n") + 1), path);
}
