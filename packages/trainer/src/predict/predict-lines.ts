import {
  decodeJson,
  ExpectedError,
  optionText,
  toMessage,
  toRecord,
} from "@seedling/core/internal";
import { z } from "zod";
import { type Classifier, noNumbers } from "../classifier/classifier.ts";
import { createClassFinder } from "../data/examples.ts";

/** A line to be labelled: its number, its keys, and the example in it. */
type ExampleLine = ReturnType<typeof parseExampleLine> & { number: number };

const linesAtOnce = 512;

/**
 * Labels lines of JSON in their order. A bad line is reported, and the rest labelled; blank ones and a byte
 * order mark are passed over.
 * @param write takes labelled records
 * @param complain is called for a line that cannot be labelled, with its number from 1
 * @returns how many were labelled, and how many could not be
 */
export async function predictLines(
  lines: AsyncIterable<string>,
  classifier: Pick<Classifier, "classes" | "predictOptions">,
  write: (records: readonly object[]) => void | Promise<void>,
  complain: (number: number, reason: string) => void,
): Promise<{ labelled: number; bad: number }> {
  const count = { labelled: 0, bad: 0 };
  const reject = (number: number, reason: string) => {
    complain(number, reason);
    count.bad += 1;
  };
  let waiting: ExampleLine[] = [];
  const label = async () => {
    const predictions = await classifier.predictOptions(waiting.map(({ example }) => example));
    const records: object[] = [];
    for (const [at, line] of waiting.entries()) {
      const { label, probabilities } = predictions[at] as (typeof predictions)[number];
      if (label === null) reject(line.number, noNumbers);
      else records.push(toLabelled(line, label, probabilities));
    }
    await write(records);
    count.labelled += records.length;
    waiting = [];
  };
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const line = number === 1 ? text.replace(/^\uFEFF/, "") : text;
    if (line.trim() === "") continue;
    try {
      waiting.push({ number, ...parseExampleLine(line, classifier.classes) });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      reject(number, error.message);
    }
    if (waiting.length === linesAtOnce) await label();
  }
  if (waiting.length > 0) await label();
  return count;
}

const recordSchema = z.object({
  question: z.string().min(1),
  context: z.string().nullish(),
  options: z.array(optionText).min(2).optional(),
});

/**
 * Parses a line of JSON to be labelled.
 * @param classes the options of a line that has none; null: it must have its own
 * @throws ExpectedError saying what was expected and what came
 */
function parseExampleLine(line: string, classes: readonly string[] | null) {
  let record: Record<string, unknown>;
  try {
    record = decodeJson(line) as Record<string, unknown>;
  } catch (error) {
    throw new ExpectedError(`expected one JSON object a line (${toMessage(error)})`);
  }
  const { data, error } = recordSchema.safeParse(record);
  if (error) {
    const [issue] = error.issues;
    const field = issue?.path.join(".") || "the line";
    throw new ExpectedError(
      `expected {"question", "context", "options"}; ${field}: ${issue?.message}`,
    );
  }
  const { question, context, options = classes } = data;
  if (!options)
    throw new ExpectedError(
      `expected options, which this classifier chooses among: give --options "a,b" with --text, or "options" in a file's line`,
    );
  const example = { question, context: context || null, options: [...options] };
  if (classes) createClassFinder(classes)(example);
  return { record, example };
}

/** A line's keys with what was predicted, its own first. */
function toLabelled(
  { record, example }: ExampleLine,
  index: number,
  probabilities: readonly number[],
): object {
  const { options, label } = toRecord({ ...example, label: index });
  const { label: gold, ...rest } = record;
  return {
    ...rest,
    options: record.options ?? options,
    ...(gold !== undefined && { gold }),
    label,
    probabilities: probabilities.map((one) => Number(one.toFixed(6))),
  };
}

/**
 * Splits a stream of text at line feeds only: U+0085, U+2028 and U+2029 may occur raw inside a JSON
 * string.
 */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest;
}
