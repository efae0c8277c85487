import { randomUUID } from "node:crypto";
import { createReadStream, existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import {
  type CommandContext,
  command,
  decodeUtf8Stream,
  ExpectedError,
  FlagError,
  isFolder,
  type Log,
  list,
  looksLikePath,
  openLog,
  readAs,
  text as someText,
  toJsonl,
  toMessage,
  toPlainText,
  writeAtomic,
} from "@seedling/core/internal";
import {
  classifierFiles,
  loadClassifier,
  predictLines,
  splitLines,
} from "@seedling/trainer/internal";
import { Option } from "commander";
import { z } from "zod";

interface PredictOptions {
  classifier: string;
  encoder?: string;
  anyEncoder?: boolean;
  text?: string;
  context?: string;
  options?: string[];
  file?: string;
  out?: string;
}

const textType = someText.refine((text) => text.trim() !== "", "expected a text");
const optionsType = list(someText).refine(
  ({ length }) => length >= 2,
  "expected at least two texts with commas between them",
);

/** Labels texts with a trained classifier. Standard output is for the labelled lines alone. */
export const predict = command<PredictOptions>({
  name: "predict",
  about:
    "Labels texts with a trained classifier: JSONL in the form of the benchmarks' files, with the chosen option as label and the probabilities in the order of the options. A label that a line had is kept as gold.",
  define: (line) =>
    line
      .requiredOption(
        "--classifier <dir>",
        "a classifier's folder, or that of its training in results/",
        readAs(textType),
      )
      .option(
        "--encoder <path>",
        "the folder (or hub id) where the classifier's encoder is now; left out: where it was at the training",
        readAs(textType),
      )
      .option("--any-encoder", "take an encoder whose files are not those of the training, too")
      .option("--text <text>", "a question or claim", readAs(textType))
      .option("--context <text>", "the passage that --text is asked about", readAs(textType))
      .option(
        "--options <a,b,c>",
        "the options of --text, without commas in them; left out: the classifier's classes",
        readAs(optionsType),
      )
      .addOption(
        new Option(
          "--file <file>",
          'a JSONL file, - for standard input: {"question", "context", "options"}, the last two if there are any; other keys stay',
        )
          .conflicts(["text", "context", "options"])
          .argParser(readAs(textType)),
      )
      .option(
        "--out <file>",
        "where the labelled lines go; left out: standard output",
        readAs(textType),
      ),
  async run(options, ctx) {
    const input = openInput(options, ctx);
    const folder = findClassifier(resolve(ctx.folder, options.classifier));
    const classifier = await loadClassifier(folder, {
      ...findEncoder(options, ctx),
      env: ctx.env,
      fetch: ctx.fetch,
    });
    const path = options.out === undefined ? null : resolve(ctx.folder, options.out);
    const part = `${path}.${randomUUID().slice(0, 8)}.part`;
    const file = path === null ? null : openPart(part);
    ctx.onInterrupt(() => {
      if (file) rmSync(part, { force: true });
      return "nothing was written";
    });
    try {
      const { labelled, bad } = await predictLines(
        input.lines,
        classifier,
        (records) => {
          if (!file)
            return new Promise((written) => ctx.stdout.write(toJsonl(records), () => written()));
          for (const record of records) file.append(record);
        },
        (number, reason) => ctx.complain(toPlainText(`${input.name}:${number}: ${reason}`)),
      );
      if (file && path) keep(file, part, path);
      if (options.file !== undefined) {
        const failed = bad > 0 ? `, ${bad} bad` : "";
        ctx.complain(`${labelled} labelled${failed}${path ? `: ${path}` : ""}`);
      }
      return bad > 0 ? 1 : 0;
    } finally {
      if (file) rmSync(part, { force: true });
      await classifier.dispose();
    }
  },
});

/** @throws FlagError if nothing is given, or no such file is there */
function openInput({ text, context, options, file }: PredictOptions, ctx: CommandContext) {
  if (file === "-") return { name: "stdin", lines: readLines(ctx.stdin, "stdin") };
  if (file !== undefined) {
    const path = resolve(ctx.folder, file);
    if (!existsSync(path)) throw new FlagError(`--file: no file ${path}`);
    return { name: file, lines: readLines(createReadStream(path), file) };
  }
  if (text === undefined)
    throw new FlagError(
      `expected what to label: --text "...", or --file FILE (- for standard input)`,
    );
  const record = { question: text, context: context ?? null, ...(options && { options }) };
  return { name: "--text", lines: Readable.from([JSON.stringify(record)]) };
}

/** Opens a file of lines in a folder that need not be there. @throws ExpectedError if it cannot be written */
function openPart(path: string): Log<unknown> {
  writeAtomic(path, "");
  return openLog(path, z.unknown(), { holds: "a labelled line", mode: "new" });
}

/** Closes a file of lines and gives it its name. @throws ExpectedError if it cannot have it */
function keep(file: Log<unknown>, part: string, path: string): void {
  file.sync();
  file.close();
  try {
    renameSync(part, path);
  } catch (cause) {
    throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
  }
}

async function* readLines(stream: NodeJS.ReadableStream, name: string): AsyncGenerator<string> {
  try {
    yield* splitLines(decodeUtf8Stream(stream as AsyncIterable<Uint8Array>, name));
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ExpectedError(`cannot read ${name}: ${cause.message}`, { cause });
  }
}

/** An encoder as it is given: a folder where the user is, else a hub id. */
function findEncoder({ encoder, anyEncoder = false }: PredictOptions, ctx: CommandContext) {
  if (encoder === undefined) return { anyEncoder };
  const folder = resolve(ctx.folder, encoder);
  const isPath = isFolder(folder) || looksLikePath(encoder);
  return { anyEncoder, encoder: isPath ? folder : encoder };
}

/** A training's folder has its classifier in a folder of its own. @throws FlagError if there is none */
function findClassifier(given: string): string {
  const inside = join(given, "classifier");
  const folder = existsSync(inside) ? inside : given;
  if (existsSync(join(folder, classifierFiles.facts))) return folder;
  throw new FlagError(
    `--classifier: expected a classifier's folder, with ${classifierFiles.facts}, or that of a finished training; ${existsSync(given) ? `${given} holds none` : `no folder ${given}`}`,
  );
}
