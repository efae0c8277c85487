import {
  choice,
  type Example,
  type FlagType,
  list,
  renderTexts,
  type TaskFile,
  text,
} from "@seedling/core/internal";
import { z } from "zod";

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
    "Has every example the same labels (fixed), or its own options (varying)? ",
    choice("fixed", "varying"),
  );
  const labels =
    kind === "fixed" ? await askFor("The labels, with commas between them: ", manyLabels) : null;
  const open = await askFor(
    "Has an example a context, such as a passage to read (yes, no)? ",
    choice("yes", "no"),
  );
  log("Now one example, as the created ones are to look; each answer on one line.");
  const question = await askFor("Its question: ", text);
  const context = open === "yes" ? await askFor("Its context: ", text) : null;
  const options = labels ?? (await askOptions());
  const answer = await askFor(`Its label, one of ${renderTexts(options)}: `, choice(...options));
  const instruction = await ask("The task in one sentence (or nothing): ");
  return {
    task: { options: labels ?? "varying", instruction: instruction || null },
    example: { question, context, options, label: options.indexOf(answer) },
  };
}
