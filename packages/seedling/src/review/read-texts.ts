import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import {
  decodeUtf8,
  ExpectedError,
  FlagError,
  parseObjectLine,
  readFollowed,
  readOwnTask,
  resolvePath,
  type Task,
  taskFiles,
  toLines,
  unlabelledSchema,
} from "@seedling/core/internal";
import type { OwnText } from "./review-texts.ts";

/**
 * Finds the task that texts are labelled for.
 * @param given its folder; left out: that of the texts, else where the command was called
 * @throws FlagError if there is none
 */
export async function findTextTask(
  given: string | undefined,
  { file, folder }: { file: string; folder: string },
): Promise<Task & { folder: string }> {
  const folders = given
    ? [resolvePath(given, { TURBO_INVOCATION_DIR: folder })]
    : [dirname(file), folder];
  const found = folders.find((one) => existsSync(join(one, taskFiles.task))) ?? folders[0];
  if (given === undefined && !existsSync(join(found ?? "", taskFiles.task)))
    throw new FlagError(
      `--as test: expected the task's folder, with its ${taskFiles.task}: give --task ./my-task`,
    );
  return { ...(await readOwnTask(found ?? "")), folder: found ?? "" };
}

const lineSchema = unlabelledSchema
  .partial()
  .extend({ text: unlabelledSchema.shape.question.optional() });

/**
 * Reads a person's texts, each once: lines of a text file, or of JSON with a question or text, and a context and options
 * if there are any.
 * @throws ExpectedError with file and line for what is no text, or if there is none
 */
export function readTexts(path: string, { labels, name }: Task): OwnText[] {
  const text = decodeUtf8(readFollowed(path), path);
  const isJson = extname(path).toLowerCase() === ".jsonl";
  const texts = new Map<string, OwnText>();
  for (const { line, number } of toLines(text)) {
    const where = `${path}:${number}`;
    const value = isJson ? parseObjectLine(line, where) : { question: line.trim() };
    const { data, error } = lineSchema.safeParse(value);
    const question = data?.question ?? data?.text;
    const options = labels ?? data?.options;
    if (question === undefined)
      throw new ExpectedError(
        `${where}: expected {"question": ...} or {"text": ...}${error ? `; ${error.issues[0]?.message}` : ""}`,
      );
    if (!options)
      throw new ExpectedError(`${where}: expected "options", which vary in the task ${name}`);
    const context = data?.context || null;
    texts.set(JSON.stringify([question, context]), { question, context, options: [...options] });
  }
  if (texts.size === 0) throw new ExpectedError(`${path}: expected texts, got none`);
  return [...texts.values()];
}
