import { createReadStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type CommandContext,
  command,
  decodeUtf8Stream,
  ExpectedError,
  FlagError,
  toPlainText,
} from "@seedling/core/internal";
import {
  classifierFiles,
  loadClassifier,
  type NumberedLine,
  openOutputFile,
  predictLines,
  splitLines,
} from "@seedling/trainer/internal";
import { InvalidArgumentError, Option } from "commander";

interface PredictOptions {
  classifier: string;
  text?: string;
  context?: string;
  options?: string[];
  file?: string;
  out?: string;
}

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
        parseText,
      )
      .option("--text <text>", "a question or claim", parseText)
      .option("--context <text>", "the passage that --text is asked about", parseText)
      .option(
        "--options <a,b,c>",
        "the options of --text, without commas in them; left out: the classifier's classes",
        parseOptions,
      )
      .addOption(
        new Option(
          "--file <file>",
          'a JSONL file, - for standard input: {"question", "context", "options"}, the last two if there are any; other keys stay',
        )
          .conflicts(["text", "context", "options"])
          .argParser(parseText),
      )
      .option("--out <file>", "where the labelled lines go; left out: standard output", parseText),
  async run(options, ctx) {
    const input = openInput(options, ctx);
    const folder = findClassifier(resolve(ctx.folder, options.classifier));
    const classifier = await loadClassifier(folder, { env: ctx.env, fetch: ctx.fetch });
    const path = options.out === undefined ? null : resolve(ctx.folder, options.out);
    const file = path === null ? null : await openOutputFile(path);
    ctx.onInterrupt(() => {
      file?.discard();
      return "nothing was written";
    });
    try {
      const { labelled, bad } = await predictLines(input.lines, {
        classifier,
        write: file
          ? file.write
          : (text) => new Promise((written) => ctx.stdout.write(text, () => written())),
        complain: (number, reason) =>
          ctx.complain(toPlainText(`${input.name}:${number}: ${reason}`)),
      });
      await file?.keep();
      if (options.file !== undefined) {
        const failed = bad > 0 ? `, ${bad} bad` : "";
        ctx.complain(`${labelled} labelled${failed}${path ? `: ${path}` : ""}`);
      }
      return bad > 0 ? 1 : 0;
    } finally {
      file?.discard();
      await classifier.dispose();
    }
  },
});

/** The lines to label, and what they are called in messages. */
interface Input {
  name: string;
  lines: AsyncIterable<NumberedLine>;
}

/** @throws FlagError if nothing is given, or no such file is there */
function openInput({ text, context, options, file }: PredictOptions, ctx: CommandContext): Input {
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
  return { name: "--text", lines: toStream({ line: JSON.stringify(record), number: 1 }) };
}

async function* toStream<T>(item: T): AsyncGenerator<T> {
  yield item;
}

async function* readLines(
  stream: NodeJS.ReadableStream,
  name: string,
): AsyncGenerator<NumberedLine> {
  try {
    yield* splitLines(decodeUtf8Stream(stream as AsyncIterable<Uint8Array>, name));
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ExpectedError(`cannot read ${name}: ${cause.message}`, { cause });
  }
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

function parseText(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Expected a text.");
}

function parseOptions(text: string): string[] {
  const options = text.split(",").map((option) => option.trim());
  if (options.length >= 2 && !options.includes("")) return options;
  throw new InvalidArgumentError("Expected at least two texts with commas between them.");
}
