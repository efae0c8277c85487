import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CommandContext,
  command,
  type Dialogue,
  ExpectedError,
  FlagError,
  looksLikePath,
  openDialogue,
  resolvePath,
  taskFiles,
  toRecord,
  writeAtomic,
} from "@seedling/core/internal";
import { askTask } from "./new-task/ask-task.ts";

export const newTask = command({
  name: "new-task",
  about: "Makes the folder of a task of your own: asks a few questions, and for one example.",
  define: (line) => line.argument("<folder>", "the folder to make, such as ./my-task"),
  async run(_, ctx, [folder = ""]) {
    const leave = ctx.onInterrupt(() => "nothing was written");
    const dialogue = openDialogue(ctx);
    try {
      await makeTask(folder, ctx, dialogue);
    } finally {
      dialogue.close();
    }
    leave();
    return 0;
  },
});

/**
 * Makes a task's folder by asking, and prints how to go on from there. Nothing is written before the last answer, and
 * nothing that is there is written over.
 * @param given the folder; a relative one is meant from where the command was called
 * @throws FlagError if there is already a task, before anything is asked
 */
async function makeTask(
  given: string,
  { folder: base, log }: Pick<CommandContext, "folder" | "log">,
  { ask }: Pick<Dialogue, "ask">,
): Promise<void> {
  if (given.includes(","))
    throw new FlagError(`expected a folder without commas (--data takes a list), got ${given}`);
  const folder = resolvePath(given, { TURBO_INVOCATION_DIR: base });
  for (const name of Object.values(taskFiles))
    if (existsSync(join(folder, name)))
      throw new FlagError(`expected a folder without a task, but ${join(folder, name)} is there`);
  log(`A task of your own in ${folder}: a few questions, and one example.`);
  const { task, example } = await askTask({
    log,
    async ask(question) {
      const answer = await ask(question);
      if (answer !== null) return answer.trim();
      throw new ExpectedError("expected an answer, but the input ended; nothing was written");
    },
  });
  // The example first: a folder is a task's once `task.json` is in it.
  for (const [name, value] of [
    [taskFiles.example, toRecord(example)],
    [taskFiles.task, task],
  ] as const)
    writeAtomic(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  const next = looksLikePath(given) ? given : `./${given}`;
  log(`Written: ${taskFiles.task} and ${taskFiles.example} in ${folder}.`);
  log(
    "train.jsonl, dev.jsonl and test.jsonl may stand beside them: examples of that form, one a line.",
  );
  log("Next, with OPENAI_API_KEY or OPENAI_BASE_URL set:");
  log(`  npx turbo run experiment -- --data ${quote(next)} --setting tree`);
}

/** A word of a command line, in quotes where a shell would read it otherwise. */
function quote(word: string): string {
  return /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
