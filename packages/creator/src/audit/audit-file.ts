import { closeSync, existsSync, fstatSync, ftruncateSync, renameSync } from "node:fs";
import { join } from "node:path";
import {
  appendWhole,
  ExpectedError,
  openInside,
  parseLine,
  readInside,
  toJsonl,
  toLines,
  toMessage,
} from "@seedling/core/internal";
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

/** The hash is part of a file's name. */
const headSchema = z.object({ version: z.literal(1), created: z.hash("sha256") });

const answerSchema = z.object({
  line: z.int().nonnegative(),
  answer: z.int().nonnegative().nullable(),
  at: z.string(),
});

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
  const other = existsSync(path) ? readFile(path, log).created : created;
  if (other !== created) {
    move(path, toAside(other));
    log(`created.jsonl is another than the one labelled before: ${toAside(other)} keeps that`);
  }
  if (!existsSync(path) && existsSync(toAside(created))) move(toAside(created), path);
  const answers: Answers = existsSync(path) ? readFile(path, log).answers : new Map();
  return {
    path,
    answers,
    append(line, answer) {
      const head = existsSync(path) ? [] : [{ version: 1, created }];
      const text = toJsonl([...head, { line, answer, at: now() }]);
      write(path, (file) => appendWhole(file, Buffer.from(text), fstatSync(file).size));
      answers.set(line, answer);
    },
  };
}

function readFile(path: string, log: (line: string) => void) {
  const bytes = readInside(path);
  const whole = bytes.lastIndexOf(10) + 1;
  if (whole < bytes.length) {
    write(path, (file) => ftruncateSync(file, whole));
    log(`${path}: removed a last line that was cut while being written`);
  }
  const [first, ...lines] = toLines(bytes.subarray(0, whole).toString("utf8"));
  const head = headSchema.safeParse(parseLine(first?.line ?? "null", `${path}:1`));
  if (!head.success)
    throw new ExpectedError(`${path}:1: expected the first line of an audit, version 1`);
  const answers: Answers = new Map();
  for (const { line, number } of lines) {
    const parsed = answerSchema.safeParse(parseLine(line, `${path}:${number}`));
    if (!parsed.success) throw new ExpectedError(`${path}:${number}: expected line, answer and at`);
    answers.set(parsed.data.line, parsed.data.answer);
  }
  return { created: head.data.created, answers };
}

function move(from: string, to: string): void {
  attempt(to, () => renameSync(from, to));
}

function write(path: string, work: (file: number) => void): void {
  attempt(path, () => {
    const file = openInside(path, "append");
    try {
      work(file);
    } finally {
      closeSync(file);
    }
  });
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
  }
}
