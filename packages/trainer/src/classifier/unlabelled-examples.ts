import {
  createObjectReader,
  ExpectedError,
  TextError,
  unlabelledSchema,
} from "@seedling/core/internal";
import { type Classes, createClassFinder, type UnlabelledExample } from "../data/examples.ts";
import type { Classifier, OptionPrediction } from "./classifier.ts";

const exampleSchema = unlabelledSchema.partial({ options: true });

/**
 * Creates what reads an example of someone's own from parsed JSON: of a file's line, or of a request.
 * @param classes the options of one that has none; null: it must have its own
 * @returns a function of the value and where it stands, for errors
 */
export function createExampleReader(classes: Classes) {
  const find = classes && createClassFinder(classes);
  // A text may stand under another usual name, as in a task's files.
  const read = createObjectReader();
  return (value: unknown, where: string): UnlabelledExample => {
    const { data, error } = exampleSchema.safeParse(read(value, where));
    if (error) {
      const [issue] = error.issues;
      const field = issue?.path.join(".") || "the line";
      throw new ExpectedError(
        `${where}: expected {"question", "context", "options"}; ${field}: ${issue?.message}`,
      );
    }
    const { question, context, options = classes } = data;
    if (question.trim() === "")
      throw new ExpectedError(`${where}: question: expected a text, got blanks alone`);
    if (!options)
      throw new ExpectedError(
        `${where}: expected options, which this classifier chooses among: give --options "a,b" with --text, or "options" in a file's line`,
      );
    const example = { question, context: context || null, options: [...options] };
    try {
      find?.(example);
    } catch (cause) {
      if (!(cause instanceof ExpectedError)) throw cause;
      throw new ExpectedError(`${where}: ${cause.message}`, { cause });
    }
    return example;
  };
}

/** Labels examples, each of which may have a text that the encoder has no weights for: it gets its error. */
export async function predictEach(
  classifier: Pick<Classifier, "predictOptions">,
  examples: readonly UnlabelledExample[],
): Promise<(OptionPrediction | TextError)[]> {
  try {
    return await classifier.predictOptions(examples);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    if (examples.length === 1) return [error];
    // Whichever it is, the others are labelled.
    const middle = examples.length >> 1;
    const before = await predictEach(classifier, examples.slice(0, middle));
    return [...before, ...(await predictEach(classifier, examples.slice(middle)))];
  }
}
