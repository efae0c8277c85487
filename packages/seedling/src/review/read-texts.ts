import { dirname, extname } from "node:path";
import {
  decodeUtf8,
  type Example,
  ExpectedError,
  FlagError,
  findSplitFile,
  listFiles,
  readFollowed,
  readOwnTask,
  readRows,
  resolvePath,
  type Task,
  taskFiles,
  toLines,
  unlabelledSchema,
} from "@seedling/core/internal";

/** A text without a label. */
export type OwnText = Omit<Example, "label">;

/** A task that a person's texts are labelled for. */
export type TextTask = Task & { folder: string };

/**
 * Finds the task that texts are labelled for.
 * @param given its folder; left out: that of the texts, else where the command was called
 * @throws FlagError if there is none, or its test split is in another form
 */
export async function findTextTask(
  given: string | undefined,
  { file, folder: base }: { file: string; folder: string },
): Promise<TextTask> {
  const folders = given
    ? [resolvePath(given, { TURBO_INVOCATION_DIR: base })]
    : [dirname(file), base].filter(isTask);
  const [folder] = folders;
  if (folder === undefined)
    throw new FlagError(
      `--as test: expected the task's folder, with its ${taskFiles.task}: give --task ./my-task`,
    );
  const task = await readOwnTask(folder);
  const test = findSplitFile(folder, "test");
  if (test !== null && !test.endsWith("test.jsonl"))
    throw new FlagError(
      `--as test: expected a test split as test.jsonl or none, got ${test}, which would no longer be read: save it as JSONL`,
    );
  return { ...task, folder };
}

const isTask = (folder: string) =>
  listFiles(folder).includes(taskFiles.task) || findSplitFile(folder, "train") !== null;

const textSchema = unlabelledSchema.partial({ options: true });

/**
 * Reads a person's texts, each once: the lines of a .txt, or of any file of examples those parts that are there.
 * @throws ExpectedError with file and line for what is no text, or if there is none
 */
export function readTexts(path: string, { labels, name, columns = null }: Task): OwnText[] {
  const texts = new Map<string, OwnText>();
  for (const { value, where } of readTextRows(path, columns)) {
    const { data, error } = textSchema.safeParse(value);
    if (!data) throw new ExpectedError(`${where}: expected a text; ${error.issues[0]?.message}`);
    const options = labels ?? data.options;
    if (!options)
      throw new ExpectedError(`${where}: expected "options", which vary in the task ${name}`);
    const { question } = data;
    const context = data.context || null;
    texts.set(JSON.stringify([question, context]), { question, context, options: [...options] });
  }
  if (texts.size === 0) throw new ExpectedError(`${path}: expected texts, got none`);
  return [...texts.values()];
}

function* readTextRows(path: string, columns: Exclude<Task["columns"], undefined> | null) {
  if (extname(path).toLowerCase() !== ".txt")
    return yield* readRows(path, { columns, required: ["question"] });
  for (const { line, number } of toLines(decodeUtf8(readFollowed(path), path)))
    yield { value: { question: line.trim() }, where: `${path}:${number}` };
}
