import { readFile } from "node:fs/promises";
import {
  type Example,
  ExpectedError,
  FlagError,
  formats,
  hasSplit,
  isAbsentPartner,
  loadSplit,
  normaliseQuestion,
  type Outside,
  openRandom,
  parseExample,
  parseLine,
  type Run,
  toMessage,
} from "@seedling/core";

/** The formatting example and where it is from. */
export interface FormattingExample {
  example: Example;
  /** `train.jsonl`'s row from 0; null: a file of the user's. */
  row: number | null;
  /** Whether every benchmark file that was read for it is the original's. */
  verified: boolean;
}

/**
 * The one example that a creation starts from: `--example FILE`, else drawn from the train split
 * with the example seed.
 * @throws ExpectedError if there is no train split; FlagError if the file's example is not of the
 *   task's format or stands in a dev or test split that is evaluated
 */
export async function loadFormattingExample(
  run: Run,
  outside: Outside,
): Promise<FormattingExample> {
  const { task, seeds, flags } = run;
  if (flags.example !== null) {
    const example = await readOne(flags.example);
    checkFormat(example, run);
    await checkUnseen(example, run, outside);
    return { example, row: null, verified: true };
  }
  const { examples, verified, path } = await loadTrain(run, outside);
  if (examples.length === 0) throw new ExpectedError(`${path}: expected examples to draw from`);
  const row = openRandom("formatting example", task.name, seeds.example).int(examples.length);
  return {
    example: examples[row] as Example,
    row,
    verified,
  };
}

async function loadTrain({ task, data }: Run, outside: Outside) {
  try {
    return await loadSplit(task, "train", data, outside);
  } catch (error) {
    if (!(error instanceof ExpectedError) || !error.message.startsWith("expected the train split"))
      throw error;
    throw new ExpectedError(
      `${error.message}; without it, give the formatting example by --example FILE and the number to create by --examples N`,
    );
  }
}

async function readOne(path: string): Promise<Example> {
  const text = (await readFile(path, "utf8")).trim();
  try {
    return parseExample(parseLine(text, path), path);
  } catch (error) {
    throw new FlagError(`--example ${toMessage(error)}`);
  }
}

function checkFormat({ options, context }: Example, { task, flags }: Run): void {
  const { optionCount, options: kind } = formats[task.format];
  const open = task.format === "yesno_open";
  const expected = `${optionCount} options${kind === "fixed" ? ' ["True", "False"]' : ""}${open ? " and a context" : ""}`;
  const fits =
    options.length === optionCount &&
    (kind === "varying" || (options.includes("True") && options.includes("False"))) &&
    (!open || context !== null);
  if (!fits)
    throw new FlagError(`--example ${flags.example}: expected ${expected} (${task.format})`);
}

async function checkUnseen(example: Example, { task, tests, data, flags }: Run, outside: Outside) {
  const question = normaliseQuestion(example.question);
  const evaluated = [[task, "dev"] as const, ...tests.map((test) => [test, "test"] as const)];
  for (const [where, split] of evaluated) {
    if (!(await hasSplit(where, split, data))) continue;
    if (await isAbsentPartner(task, where, data)) continue;
    const { examples } = await loadSplit(where, split, data, outside);
    const row = examples.findIndex((one) => normaliseQuestion(one.question) === question);
    if (row >= 0)
      throw new FlagError(
        `--example ${flags.example}: expected an example that is not evaluated on; it stands in the ${split} split of ${where.name}, row ${row}`,
      );
  }
}
