import { readFile } from "node:fs/promises";
import {
  createRandom,
  type DownloadDependencies,
  decodeUtf8,
  type Example,
  ExpectedError,
  FlagError,
  hasSplit,
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

/**
 * Loads the one example that a creation starts from: `--example FILE`, else an own task's, else one drawn
 * from the train split with the example seed.
 * @returns its row in the train split, from 0 (null: it is not from there), and whether every benchmark
 *   file that was read for it is the original's
 * @throws ExpectedError if there is no train split; FlagError if a given example is not of the task's
 *   form or stands in a dev or test split that is evaluated
 */
export async function loadFormattingExample(run: Run, deps: DownloadDependencies) {
  const { task, seeds, flags } = run;
  const given = flags.example === null ? task.own : await readGiven(flags.example, task);
  if (given) {
    await checkUnseen(given.example, given.examplePath, run, deps);
    return { example: given.example, row: null, verified: true };
  }
  const { examples, verified, path } = await loadTrain(run, deps);
  if (examples.length === 0) throw new ExpectedError(`${path}: expected examples to draw from`);
  const row = createRandom("formatting example", task.name, seeds.example).int(examples.length);
  return { example: examples[row] as Example, row, verified };
}

async function readGiven(path: string, task: Task) {
  const examplePath = `--example ${path}`;
  const bytes = await readFile(path);
  let example: Example;
  try {
    const text = decodeUtf8(bytes, examplePath).trim();
    example = parseExample(parseLine(text, examplePath), examplePath);
  } catch (error) {
    throw new FlagError(toMessage(error));
  }
  if (isOfForm(example, task)) return { example, examplePath };
  throw new FlagError(`${examplePath}: expected ${renderForm(task)} (${task.name})`);
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

async function checkUnseen(
  example: Example,
  where: string,
  { task, tests, data }: Run,
  deps: DownloadDependencies,
): Promise<void> {
  const question = normaliseQuestion(example.question);
  const evaluated = [[task, "dev"] as const, ...tests.map((test) => [test, "test"] as const)];
  for (const [of, split] of evaluated) {
    if (!(await hasSplit(of, split, data))) continue;
    const { examples } = await loadSplit(of, split, data, deps);
    const row = examples.findIndex((one) => normaliseQuestion(one.question) === question);
    if (row >= 0)
      throw new FlagError(
        `${where}: expected an example that is not evaluated on; it stands in the ${split} split of ${of.name}, row ${row}`,
      );
  }
}
