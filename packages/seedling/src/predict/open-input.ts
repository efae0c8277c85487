import { constants, createReadStream, existsSync, openSync, readSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  type CommandContext,
  ExpectedError,
  FlagError,
  isFolder,
  splitByteLines,
} from "@seedling/core/internal";

/** What is to be labelled: a file, or one text. */
export interface InputOptions {
  text?: string;
  context?: string;
  options?: string[];
  file?: string;
}

/**
 * Opens what is to be labelled: a file, a pipe, standard input (`-`), or a text as a line of JSON.
 * @returns its lines as bytes, null for one that is too long, and its name for messages
 * @throws FlagError if nothing is given, or no such file is there
 */
export function openInput({ text, context, options, file }: InputOptions, ctx: CommandContext) {
  if (file === "-") return { name: "stdin", lines: readLines(ctx.stdin, "stdin") };
  if (file !== undefined) {
    const path = resolve(ctx.folder, file);
    if (!existsSync(path)) throw new FlagError(`--file: no file ${path}`);
    if (isFolder(path)) throw new FlagError(`--file: expected a file, got the folder ${path}`);
    const isPipe = statSync(path).isFIFO();
    const stream = isPipe ? readPipe(path) : createReadStream(path, { highWaterMark: 2 ** 20 });
    return { name: file, lines: readLines(stream, file) };
  }
  if (text === undefined)
    throw new FlagError(
      `expected what to label: --text "...", or --file FILE (- for standard input)`,
    );
  const record = { question: text, context: context ?? null, ...(options && { options }) };
  return { name: "--text", lines: Readable.from([Buffer.from(JSON.stringify(record))]) };
}

async function* readLines(stream: AsyncIterable<Uint8Array | string>, name: string) {
  try {
    yield* splitByteLines(stream);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ExpectedError(`cannot read ${name}: ${cause.message}`, { cause });
  }
}

/**
 * Reads a pipe from its first writer to its last one's end. A file's stream would read it in a thread, which keeps the
 * process from ending while nobody writes.
 */
async function* readPipe(path: string): AsyncGenerator<Uint8Array> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const first = Buffer.alloc(2 ** 16);
  const isEnded = /^\/(dev|proc)\//.test(path); // such as /dev/fd/63: its writer has been there from the start
  let size = readNow(file, first);
  for (; size === 0 && !isEnded; size = readNow(file, first)) await setTimeout(50);
  if (size) yield first.subarray(0, size);
  yield* new Socket({ fd: file, writable: false }) as AsyncIterable<Uint8Array>;
}

/** Reads what is there: 0 bytes where nobody writes; null: a writer has written nothing yet. */
function readNow(file: number, into: Buffer): number | null {
  try {
    return readSync(file, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
    throw error;
  }
}
