import { createReadStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  ExpectedError,
  endWithReader,
  FlagError,
  openNetwork,
  redact,
  toPlainText,
} from "@seedling/core/internal";
import { loadClassifier } from "./classifier/classifier.ts";
import { classifierFiles } from "./classifier/classifier-files.ts";
import {
  type PredictRequest,
  parsePredictLine,
  renderPredictHelp,
} from "./predict/command-line.ts";
import { openOutputFile } from "./predict/line-output.ts";
import { type NumberedLine, predictLines, splitLines } from "./predict/predict-lines.ts";

const { INIT_CWD = process.cwd() } = process.env;

/** Told on standard error: standard output is for the lines. */
const say = (text: string) => console.error(toPlainText(redact(text, process.env)));

endWithReader(process);

try {
  const request = parsePredictLine(process.argv.slice(2));
  if (request === null) console.log(renderPredictHelp());
  else process.exitCode = await predict(request);
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  say(error.message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}

/** @returns the exit code */
async function predict({ classifier: given, input, out }: PredictRequest): Promise<number> {
  if (input.kind === "file" && input.path !== "-" && !existsSync(resolve(INIT_CWD, input.path)))
    throw new FlagError(`--file: no file ${resolve(INIT_CWD, input.path)}`);
  const dir = toClassifierFolder(resolve(INIT_CWD, given));
  const path = out === null ? null : resolve(INIT_CWD, out);
  openNetwork(600);
  const classifier = await loadClassifier(dir);
  const file = path === null ? null : await openOutputFile(path);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      file?.discard();
      process.exit(130);
    });
  const name = input.kind === "text" ? "--text" : input.path === "-" ? "stdin" : input.path;
  try {
    const { labelled, bad } = await predictLines(toLines(input), {
      classifier,
      write: file ? file.write : print,
      complain: (number, reason) => say(`${name}:${number}: ${reason}`),
    });
    await file?.keep();
    if (input.kind === "file")
      say(`${labelled} labelled${bad > 0 ? `, ${bad} bad` : ""}${path ? `: ${path}` : ""}`);
    return bad > 0 ? 1 : 0;
  } finally {
    file?.discard();
    await classifier.dispose();
  }
}

/** A training's folder has its classifier in a folder of its own. @throws FlagError if there is none */
function toClassifierFolder(given: string): string {
  const inside = join(given, "classifier");
  const folder = existsSync(inside) ? inside : given;
  if (existsSync(join(folder, classifierFiles.facts))) return folder;
  throw new FlagError(
    `--classifier: expected a classifier's folder, with ${classifierFiles.facts}, or that of a finished training; ${existsSync(given) ? `${given} holds none` : `no folder ${given}`}`,
  );
}

async function* toLines(input: PredictRequest["input"]): AsyncGenerator<NumberedLine> {
  if (input.kind === "text") {
    const { question, context, options } = input;
    const record = { question, context, ...(options && { options }) };
    yield { line: JSON.stringify(record), number: 1 };
    return;
  }
  const { path } = input;
  const stream = path === "-" ? process.stdin : createReadStream(resolve(INIT_CWD, path));
  stream.setEncoding("utf8");
  try {
    yield* splitLines(stream as AsyncIterable<string>);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ExpectedError(`cannot read ${path}: ${cause.message}`, { cause });
  }
}

/** Waits for a slow reader. */
function print(text: string): Promise<void> {
  return new Promise((done) => process.stdout.write(text, () => done()));
}
