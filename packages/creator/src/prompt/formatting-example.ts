import { readFile } from "node:fs/promises";
import {
  createRandom,
  type DownloadDependencies,
  decodeUtf8,
  type Example,
  ExpectedError,
  FlagError,
  hasSplit,
  isAbsentPartner,
  isOfForm,
  loadSplit,
  normaliseQuestion,
  parseExample,
  parseLine,
  type Run,
  renderForm,
  type Task,
  toMessage,
} from "@seedling/core/internal";

/** The formatting example and where it comes from. */
export interface FormattingExample {
  example: Example;
  /** `train.jsonl`'s row from 0; null: a file of the user's. */
  row: number | null;
  /** Whether every benchmark file that was read for it is the original's. */
  verified: boolean;
}

/**
 * Loads the one example that a creation starts from: `--example FILE`, else an own task's, else one drawn
 * from the train split with the example seed.
 * @throws ExpectedError if there is no train split; FlagError if a given example is not of the task's
 *   form or stands in a dev or test split that is evaluated
 */
export async function loadFormattingExample(
  run: Run,
  deps: DownloadDependencies,
): Promise<FormattingExample> {
  const { task, seeds, flags } = run;
  const given = flags.example === null ? toOwn(task) : await readGiven(flags.example, task);
  if (given) {
    await checkUnseen(given, run, deps);
    return { example: given.example, row: null, verified: true };
  }
  const { examples, verified, path } = await loadTrain(run, deps);
  if (examples.length === 0) throw new ExpectedError(`${path}: expected examples to draw from`);
  const row = createRandom("formatting example", task.name, seeds.example).int(examples.length);
  return {
    example: examples[row] as Example,
    row,
    verified,
  };
}

/** An example of the user's, and its file for errors. */
interface Given {
  example: Example;
  where: string;
}

function toOwn({ own }: Task): Given | null {
  return own ? { example: own.example, where: own.examplePath } : null;
}

async function readGiven(path: string, task: Task): Promise<Given> {
  const where = `--example ${path}`;
  const example = await readOne(path);
  if (isOfForm(example, task)) return { example, where };
  throw new FlagError(`${where}: expected ${renderForm(task)} (${task.name})`);
}

async function loadTrain({ task, data }: Run, deps: DownloadDependencies) {
  try {
    return await loadSplit(task, "train", data, deps);
  } catch (error) {
    if (!(error instanceof ExpectedError) || !error.message.startsWith("expected the train split"))
      throw error;
    throw new ExpectedError(
      `${error.message}; without it, give the formatting example by --example FILE and the number to create by --examples N`,
    );
  }
}

async function readOne(path: string): Promise<Example> {
  const bytes = await readFile(path);
  try {
    return parseExample(parseLine(decodeUtf8(bytes, path).trim(), path), path);
  } catch (error) {
    throw new FlagError(`--example ${toMessage(error)}`);
  }
}

async function checkUnseen(
  { example, where }: Given,
  { task, tests, data }: Run,
  deps: DownloadDependencies,
): Promise<void> {
  const question = normaliseQuestion(example.question);
  const evaluated = [[task, "dev"] as const, ...tests.map((test) => [test, "test"] as const)];
  for (const [of, split] of evaluated) {
    if (!(await hasSplit(of, split, data))) continue;
    if (await isAbsentPartner(task, of, data)) continue;
    const { examples } = await loadSplit(of, split, data, deps);
    const row = examples.findIndex((one) => normaliseQuestion(one.question) === question);
    if (row >= 0)
      throw new FlagError(
        `${where}: expected an example that is not evaluated on; it stands in the ${split} split of ${of.name}, row ${row}`,
      );
  }
}
