import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, openLog, tryFile } from "@seedling/core/internal";
import { z } from "zod";

/** A person's answers to examples: the option's index; null: cannot tell. */
export type Answers = Map<number, number | null>;

/** The file that answers are kept in, each at once. */
export interface AuditFile {
  path: string;
  /** By the examples' lines in `created.jsonl`, from 0. */
  answers: Answers;
  append: (line: number, answer: number | null) => void;
}

const lineSchema = z.union([
  // The hash is part of a file's name.
  z.object({ version: z.literal(1), created: z.hash("sha256") }),
  z.object({
    line: z.int().nonnegative(),
    answer: z.int().nonnegative().nullable(),
    at: z.string(),
  }),
]);

const holds = "the first line of an audit, version 1, or a line, its answer and a time";

/**
 * Opens `audit.jsonl` in a creation's folder. Its first line names the created examples that its
 * answers are about; answers about others are put by under their own name, and taken up again when
 * those are back. An answer given again counts as given last.
 * @param created SHA-256 of `created.jsonl`
 * @param now the time, ISO 8601
 */
export function openAuditFile(
  folder: string,
  created: string,
  now: () => string,
  log: (line: string) => void,
): AuditFile {
  const path = join(folder, "audit.jsonl");
  const toAside = (hash: string) => join(folder, `audit-${hash.slice(0, 8)}.jsonl`);
  const other = readAudit(path, log)?.created ?? created;
  if (other !== created) {
    move(path, toAside(other));
    log(`created.jsonl is another than the one labelled before: ${toAside(other)} keeps that`);
  }
  if (!existsSync(path) && existsSync(toAside(created))) move(toAside(created), path);
  const answers: Answers = readAudit(path, log)?.answers ?? new Map();
  return {
    path,
    answers,
    append(line, answer) {
      const file = openLog(path, lineSchema, { holds, log });
      try {
        if (file.length === 0) file.append({ version: 1, created });
        file.append({ line, answer, at: now() });
      } finally {
        file.close();
      }
      answers.set(line, answer);
    },
  };
}

/** @returns null where nothing has been answered */
function readAudit(path: string, log: (line: string) => void) {
  if (!existsSync(path)) return null;
  const file = openLog(path, lineSchema, { holds, log });
  try {
    if (file.length === 0) return null;
    const head = file.read(0);
    if (!("created" in head))
      throw new ExpectedError(`${path}:1: expected the first line of an audit, version 1`);
    const answers: Answers = new Map();
    for (const [, record] of file.entries())
      if ("line" in record) answers.set(record.line, record.answer);
    return { created: head.created, answers };
  } finally {
    file.close();
  }
}

function move(from: string, to: string): void {
  tryFile("write", to, () => renameSync(from, to));
}
