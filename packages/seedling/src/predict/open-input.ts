import { constants, createReadStream, existsSync, openSync, readSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { extname, resolve } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  type Columns,
  type CommandContext,
  createLongLineError,
  createTableReader,
  decodeUtf8,
  ExpectedError,
  type FileForm,
  FlagError,
  findForm,
  isFolder,
  mostBytes,
  parseRows,
  type Row,
  splitByteLines,
} from "@seedling/core/internal";

/** What is to be labelled: a file, or one text. */
export interface InputOptions {
  text?: string;
  context?: string;
  options?: string[];
  file?: string;
  columns?: Columns;
}

/**
 * Opens what is to be labelled: a file, a pipe, standard input (`-`), or a text as a line of JSON.
 * @returns its lines as bytes, null for one that is too long, and its name for messages
 * @throws FlagError if nothing is given, or no such file is there
 */
export function openInput(
  { text, context, options, file, columns }: InputOptions,
  ctx: CommandContext,
) {
  if (file === "-") return { name: "stdin", lines: readLines(ctx.stdin, "stdin") };
  if (file !== undefined) {
    const path = resolve(ctx.folder, file);
    if (!existsSync(path)) throw new FlagError(`--file: no file ${path}`);
    if (isFolder(path)) throw new FlagError(`--file: expected a file, got the folder ${path}`);
    const isPipe = statSync(path).isFIFO();
    const stream = isPipe ? readPipe(path) : createReadStream(path, { highWaterMark: 2 ** 20 });
    const lines = readLines(stream, file);
    const form = findForm(path);
    if (form === "lines" && columns)
      throw new FlagError(`--columns: expected a file of CSV, TSV or JSON, got ${file}`);
    const isText = extname(path).toLowerCase() === ".txt";
    if (form === "lines") return { name: file, lines: isText ? readTextLines(lines, file) : lines };
    // Rows are counted, as they are written.
    return { name: `${file}, row`, lines: readAsLines(lines, file, form, columns ?? null) };
  }
  if (text === undefined)
    throw new FlagError(
      `expected what to label: --text "...", or --file FILE (- for standard input)`,
    );
  const record = { question: text, context: context ?? null, ...(options && { options }) };
  return { name: "--text", lines: Readable.from([Buffer.from(JSON.stringify(record))]) };
}

/** Turns texts, one a line, into lines of JSON. Blank ones stay blank. */
async function* readTextLines(
  lines: AsyncIterable<Buffer | null>,
  name: string,
): AsyncGenerator<Buffer | null> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    yield line && toJsonLine(line, name, number);
  }
}

/** What is no text stays as it is: whoever reads lines of JSON says so. */
function toJsonLine(line: Buffer, name: string, number: number): Buffer {
  try {
    const question = decodeUtf8(line, name, number).trim();
    return question === "" ? line : Buffer.from(JSON.stringify({ question }));
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return line;
  }
}

/** Turns a table, or a JSON array, into lines of JSON, a table's columns under our names. */
async function* readAsLines(
  lines: AsyncIterable<Buffer | null>,
  name: string,
  form: FileForm,
  columns: Columns | null,
): AsyncGenerator<Buffer> {
  const required = ["question"] as const;
  const toLine = ({ value, others }: Row) =>
    Buffer.from(JSON.stringify({ ...others, ...(value as object) }));
  if (form === "json") {
    const pieces: string[] = [];
    let [number, size] = [0, 0];
    for await (const line of lines) {
      number += 1;
      size += line?.length ?? 0;
      if (line === null || size > mostBytes.examples)
        throw createLongLineError(`${name}:${number}`);
      pieces.push(decodeUtf8(line, name, number));
    }
    for (const row of parseRows(pieces.join("\n"), name, { columns, required })) yield toLine(row);
    return;
  }
  const table = createTableReader(name, { columns, required });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === null) throw createLongLineError(`${name}:${number}`);
    const row = table.read({ line: decodeUtf8(line, name, number), number });
    if (row !== null && row !== "head") yield toLine(row);
  }
  table.end();
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
