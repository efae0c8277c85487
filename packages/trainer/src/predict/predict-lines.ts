import { ExpectedError, toRecord } from "@seedling/core/internal";
import type { Classifier, Prediction } from "../classifier/classifier.ts";
import { findClassIndices } from "../data/scored.ts";
import { type ExampleLine, parseExampleLine } from "./read-record.ts";
import type { NumberedLine } from "./split-lines.ts";

/** What labelling needs. */
export interface Predicting {
  classifier: Pick<Classifier, "classes" | "predict">;
  /** Takes labelled lines, each with its line feed. */
  write: (text: string) => Promise<void>;
  /** Told of a line that cannot be labelled. */
  complain: (number: number, reason: string) => void;
}

/** Lines that are read, labelled and written together. */
const linesAtOnce = 512;

/**
 * Labels lines in their order. A bad line is told of and does not keep the rest from being labelled.
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
    const predictions = await classifier.predict(records.map(({ example }) => example));
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
function renderLabelled({ record, example }: ExampleLine, prediction?: Prediction): string {
  if (!prediction) throw new RangeError("no prediction for an example");
  const { options, label } = toRecord({ ...example, label: prediction.label });
  const { label: gold, ...rest } = record;
  const labelled = {
    ...rest,
    options: record.options ?? options,
    ...(gold !== undefined && { gold }),
    label,
    probabilities: prediction.probabilities.map((share) => Number(share.toFixed(6))),
  };
  return `${JSON.stringify(labelled)}\n`;
}
