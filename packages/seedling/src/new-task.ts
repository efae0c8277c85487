import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CommandContext,
  callCommand,
  choice,
  command,
  type Dialogue,
  type Example,
  ExpectedError,
  FlagError,
  type FlagType,
  list,
  looksLikePath,
  openDialogue,
  renderTexts,
  resolvePath,
  type TaskFile,
  taskFiles,
  text,
  toRecord,
  writeAtomic,
} from "@seedling/core/internal";
import { z } from "zod";

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
  log("Splits may stand beside them: train, dev and test, each as .csv, .tsv, .json or .jsonl.");
  log("Next, with OPENAI_API_KEY or OPENAI_BASE_URL set: five examples to look at, then it stops.");
  log(`  ${callCommand("experiment")} --data ${quote(next)} --examples 200 --balance --preview`);
}

/** A word of a command line, in quotes where a shell would read it otherwise. */
function quote(word: string): string {
  return /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** An answer that may be left out, which then stands for the usual one. */
function orNothing<T>(type: FlagType<T>, usual: string): FlagType<T> {
  return z.preprocess((answer) => answer || usual, type);
}

interface User {
  /** @returns the answer, without white space at its ends */
  ask: (question: string) => Promise<string>;
  log: (line: string) => void;
}

const manyLabels = list(text).refine(
  ({ length }) => length >= 2,
  "expected two labels or more, such as positive, negative, neutral",
);

/** Asks for a task and one example of it. An answer that cannot be read is asked for again. */
export async function askTask({ ask, log }: User): Promise<{ task: TaskFile; example: Example }> {
  const askFor = async <T>(question: string, type: FlagType<T>): Promise<T> => {
    for (;;) {
      const answer = await ask(question);
      const parsed = type.safeParse(answer);
      if (parsed.success) return parsed.data;
      log(`  ${parsed.error.issues[0]?.message}, got ${JSON.stringify(answer)}`);
    }
  };
  /** Options one a line, since they may hold commas, until an empty one. */
  const askOptions = async (): Promise<string[]> => {
    const options: string[] = [];
    for (;;) {
      const isEnough = options.length >= 2;
      const option = await askFor(
        `Option ${options.length + 1}${isEnough ? " (or nothing, if these are all)" : ""}: `,
        z
          .string()
          .min(isEnough ? 0 : 1, "expected a text")
          .refine((one) => !options.includes(one), `expected another than ${renderTexts(options)}`),
      );
      if (option === "") return options;
      options.push(option);
    }
  };

  const kind = await askFor(
    "Has every example the same labels (fixed, or nothing), or its own options (varying)? ",
    orNothing(choice("fixed", "varying"), "fixed"),
  );
  const labels =
    kind === "fixed" ? await askFor("The labels, with commas between them: ", manyLabels) : null;
  const described: [label: string, text: string][] = [];
  for (const label of labels ?? [])
    described.push([label, await ask(`What is ${JSON.stringify(label)} about (or nothing)? `)]);
  const isDescribed = described.some(([, text]) => text !== "");
  const open = await askFor(
    "Has an example a context, such as a passage to read (yes; no, or nothing)? ",
    orNothing(choice("yes", "no"), "no"),
  );
  log("Now one example, as the created ones are to look; each answer on one line.");
  const question = await askFor("Its text, or its question: ", text);
  const context = open === "yes" ? await askFor("Its context: ", text) : null;
  const options = labels ?? (await askOptions());
  const answer = await askFor(`Its label, one of ${renderTexts(options)}: `, choice(...options));
  const instruction = await ask("The task in one sentence (or nothing): ");
  return {
    task: {
      options: labels ?? "varying",
      ...(isDescribed && { labels: Object.fromEntries(described) }),
      instruction: instruction || null,
    },
    example: { question, context, options, label: options.indexOf(answer) },
  };
}
