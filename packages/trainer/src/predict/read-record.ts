import { ExpectedError, toMessage } from "@seedling/core/internal";
import { z } from "zod";
import type { UnlabelledExample } from "../data/examples.ts";

/** A line to be labelled: its keys, and the example in it. */
export interface ExampleLine {
  record: Record<string, unknown>;
  example: UnlabelledExample;
}

const recordSchema = z.record(z.string(), z.unknown());
/** JSON's booleans stand for the option texts "True" and "False", as in the benchmarks' files. */
const optionText = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((option) =>
    typeof option === "boolean" ? (option ? "True" : "False") : String(option),
  );
const exampleSchema = z.object({
  question: z.string().min(1),
  context: z.string().nullish(),
  options: z.array(optionText).min(2).optional(),
});

/**
 * Parses a line of JSON to be labelled.
 * @param classes the options of a line that has none; null: it must have its own
 * @throws ExpectedError saying what was expected and what came
 */
export function parseExampleLine(line: string, classes: readonly string[] | null): ExampleLine {
  const record = recordSchema.safeParse(parseJson(line));
  if (!record.success) throw new ExpectedError(`expected a JSON object a line`);
  const parsed = exampleSchema.safeParse(record.data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ExpectedError(
      `expected {"question", "context", "options"}; ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const { question, context, options = classes } = parsed.data;
  if (!options)
    throw new ExpectedError(
      `expected options, which this classifier chooses among: give --options "a,b" with --text, or "options" in a file's line`,
    );
  return {
    record: record.data,
    example: { question, context: context || null, options: [...options] },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ExpectedError(`expected one JSON object a line (${toMessage(error)})`);
  }
}
