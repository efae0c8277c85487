import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Env,
  FlagError,
  looksLikePath,
  resolvePath,
  taskFiles,
  toRecord,
  writeAtomic,
} from "@seedling/core/internal";
import { askTask, type Dialogue, type NewTask } from "./ask-task.ts";

/**
 * Makes a task's folder by asking, and says how to go on from there. Nothing is written before the
 * last answer, and nothing that is there is written over.
 * @param args the command line: the folder; a relative one is meant from where npm was called
 * @throws FlagError if there is already a task, before anything is asked
 */
export async function makeTask(
  args: readonly string[],
  env: Env,
  dialogue: Dialogue,
): Promise<void> {
  const [given, ...more] = args;
  if (given === undefined || given.startsWith("-") || more.length > 0)
    throw new FlagError("expected one folder: npm run new-task -- ./my-task");
  if (given.includes(","))
    throw new FlagError(`expected a folder without commas (--data takes a list), got ${given}`);
  const folder = resolvePath(given, { TURBO_INVOCATION_DIR: env.INIT_CWD });
  checkNew(folder);
  dialogue.say(`A task of your own in ${folder}: a few questions, and one example.`);
  const task = await askTask(dialogue);
  checkNew(folder);
  writeTask(folder, task);
  const next = looksLikePath(given) ? given : `./${given}`;
  for (const line of [
    `Written: ${taskFiles.task} and ${taskFiles.example} in ${folder}.`,
    "train.jsonl, dev.jsonl and test.jsonl may stand beside them: examples of that form, one a line.",
    "Next, with OPENAI_API_KEY or OPENAI_BASE_URL set:",
    `  npx turbo run experiment -- --data ${quote(next)} --setting tree`,
  ])
    dialogue.say(line);
}

function checkNew(folder: string): void {
  for (const name of Object.values(taskFiles))
    if (existsSync(join(folder, name)))
      throw new FlagError(`expected a folder without a task, but ${join(folder, name)} is there`);
}

/** The example first: a folder is a task's once `task.json` is in it. */
function writeTask(folder: string, { task, example }: NewTask): void {
  const write = (name: string, value: object) =>
    writeAtomic(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  write(taskFiles.example, toRecord(example));
  try {
    write(taskFiles.task, task);
  } catch (error) {
    rmSync(join(folder, taskFiles.example), { force: true });
    throw error;
  }
}

/** A word of a command line, in quotes where a shell would read it otherwise. */
function quote(word: string): string {
  return /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
