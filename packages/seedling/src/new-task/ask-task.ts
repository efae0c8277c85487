import { type Example, ExpectedError, renderTexts, type TaskFile } from "@seedling/core/internal";

/** A user who answers in lines. */
interface User {
  /** @returns the answer, without white space at its ends */
  ask: (question: string) => Promise<string>;
  log: (line: string) => void;
}

/** What a task's folder is made of. */
export interface NewTask {
  task: TaskFile;
  example: Example;
}

/** Asks for a task and one example of it. An answer that cannot be read is asked for again. */
export async function askTask(user: User): Promise<NewTask> {
  const askFor = createAskFor(user);
  const kind = await askFor(
    "Has every example the same labels (fixed), or its own options (varying)? ",
    oneOf(["fixed", "varying"]),
  );
  const labels =
    kind === "fixed" ? await askFor("The labels, with commas between them: ", toLabels) : null;
  const yesNo = oneOf(["yes", "no"]);
  const open = await askFor(
    "Has an example a context, such as a passage to read (yes, no)? ",
    yesNo,
  );
  user.log("Now one example, as the created ones are to look; each answer on one line.");
  const question = await askFor("Its question: ", toText);
  const context = open === "yes" ? await askFor("Its context: ", toText) : null;
  const options = labels ?? (await askOptions(user));
  const answer = await askFor(`Its label, one of ${renderTexts(options)}: `, oneOf(options));
  const instruction = await user.ask("The task in one sentence (or nothing): ");
  return {
    task: { options: labels ?? "varying", instruction: instruction || null },
    example: { question, context, options, label: options.indexOf(answer) },
  };
}

/** Reads an answer. @throws ExpectedError saying what was expected */
type Read<T> = (answer: string) => T;

function createAskFor({ ask, log }: User) {
  return async <T>(question: string, read: Read<T>): Promise<T> => {
    for (;;) {
      const answer = await ask(question);
      try {
        return read(answer);
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        log(`  ${error.message}`);
      }
    }
  };
}

/** Options one a line, since they may hold commas, until an empty one. */
async function askOptions(user: User): Promise<string[]> {
  const askFor = createAskFor(user);
  const options: string[] = [];
  const toOption: Read<string | null> = (answer) => {
    if (answer === "" && options.length >= 2) return null;
    const option = toText(answer);
    if (!options.includes(option)) return option;
    throw new ExpectedError(`expected another option than ${renderTexts(options)}`);
  };
  for (;;) {
    const end = options.length >= 2 ? " (or nothing, if these are all)" : "";
    const option = await askFor(`Option ${options.length + 1}${end}: `, toOption);
    if (option === null) return options;
    options.push(option);
  }
}

function toText(answer: string): string {
  if (answer !== "") return answer;
  throw new ExpectedError("expected a text, got nothing");
}

function toLabels(answer: string): string[] {
  const labels = answer.split(",").map((label) => label.trim());
  if (labels.length >= 2 && !labels.includes("") && new Set(labels).size === labels.length)
    return labels;
  throw new ExpectedError(
    `expected two labels or more, each once, such as positive, negative, neutral; got ${renderTexts(labels)}`,
  );
}

function oneOf(words: readonly string[]): Read<string> {
  return (answer) => {
    if (words.includes(answer)) return answer;
    throw new ExpectedError(`expected one of ${renderTexts(words)}, got ${JSON.stringify(answer)}`);
  };
}
