import { ExpectedError, toRecord } from "@seedling/core/internal";
import type { Classifier, OptionPrediction } from "../classifier/classifier.ts";
import { findClassIndices } from "../data/examples.ts";
import { type ExampleLine, parseExampleLine } from "./read-record.ts";

/** Dependencies of labelling. */
export interface Predicting {
  classifier: Pick<Classifier, "classes" | "predictOptions">;
  /** Takes labelled lines, each with its line feed. */
  write: (text: string) => Promise<void>;
  /** Is called for a line that cannot be labelled. */
  complain: (number: number, reason: string) => void;
}

/** Lines that are read, labelled and written together. */
const linesAtOnce = 512;

/**
 * Labels lines in their order. A bad line is reported, and the rest labelled.
 * @returns how many were labelled, and how many could not be
 */
export async function predictLines(
  lines: AsyncIterable<NumberedLine>,
  { classifier, write, complain }: Predicting,
): Promise<{ labelled: number; bad: number }> {
  const { classes } = classifier;
  const count = { labelled: 0, bad: 0 };
  let waiting: ExampleLine[] = [];
  const label = async () => {
    const records = waiting;
    waiting = [];
    const predictions = await classifier.predictOptions(records.map(({ example }) => example));
    const labelled = records.map((read, at) => renderLabelled(read, predictions[at]));
    await write(labelled.join(""));
    count.labelled += records.length;
  };
  for await (const { line, number } of lines) {
    try {
      const read = parseExampleLine(line, classes);
      if (classes) findClassIndices(read.example, classes);
      waiting.push(read);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      complain(number, error.message);
      count.bad += 1;
    }
    if (waiting.length === linesAtOnce) await label();
  }
  if (waiting.length > 0) await label();
  return count;
}

/** A line with what was predicted, its own keys first. */
function renderLabelled({ record, example }: ExampleLine, prediction?: OptionPrediction): string {
  if (!prediction) throw new RangeError("no prediction for an example");
  const { options, label } = toRecord({ ...example, label: prediction.label });
  const { label: gold, ...rest } = record;
  const labelled = {
    ...rest,
    options: record.options ?? options,
    ...(gold !== undefined && { gold }),
    label,
    probabilities: prediction.probabilities.map((one) => Number(one.toFixed(6))),
  };
  return `${JSON.stringify(labelled)}\n`;
}

/** A line of a text, numbered from 1. */
export interface NumberedLine {
  line: string;
  number: number;
}

/**
 * Splits a stream of text at line feeds only: U+0085, U+2028 and U+2029 may occur raw inside a JSON
 * string. Skips blank lines and a byte order mark.
 */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
  let number = 0;
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield* toLine(line, ++number);
  }
  yield* toLine(rest, ++number);
}

function* toLine(text: string, number: number): Generator<NumberedLine> {
  const line = number === 1 ? text.replace(/^\uFEFF/, "") : text;
  if (line.trim() !== "") yield { line, number };
}
