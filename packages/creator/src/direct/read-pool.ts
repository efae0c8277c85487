import { setImmediate } from "node:timers/promises";
import {
  type Example,
  ExpectedError,
  hasLongRun,
  type ReadRowsOptions,
  readRows,
  toMessage,
  toTextKey,
  unlabelledSchema,
} from "@seedling/core/internal";
import type { ComparedSplit } from "../filters/contamination.ts";
import { createContamination } from "../filters/contamination.ts";
import { type Rejection, reject, toCandidate } from "../reply/candidate.ts";

/** A text to label. */
export interface PoolText {
  /** Its row in the file, from 0. */
  row: number;
  /** Its label is not known: the index of the first. */
  example: Example;
}

const textSchema = unlabelledSchema.pick({ question: true, context: true });

/**
 * Reads texts to label, in any form that a split may have; options and labels that the file has are not looked at.
 * @param options the labels to choose among
 * @returns labelled: how many have a label in the file
 * @throws ExpectedError with file and line
 */
export async function readPool(
  path: string,
  options: readonly string[],
  how: Pick<ReadRowsOptions, "columns" | "see">,
): Promise<{ texts: PoolText[]; labelled: number }> {
  const texts: PoolText[] = [];
  const shared = [...options];
  let labelled = 0;
  try {
    for (const { value, where, number } of readRows(path, { required: ["question"], ...how })) {
      const { data, error } = textSchema.safeParse(value);
      const [issue] = error?.issues ?? [];
      if (!data)
        throw new ExpectedError(`${where}: ${issue?.path.join(".") || "row"}: ${issue?.message}`);
      if (data.question.trim() === "")
        throw new ExpectedError(`${where}: question: expected a text, got blanks alone`);
      const { label } = value as { label?: unknown };
      if (label !== undefined && label !== null && label !== "") labelled += 1;
      const { question, context } = data;
      const example = { question, context: context || null, options: shared, label: 0 };
      texts.push({ row: texts.length, example });
      // Signals and timers have their turn.
      if (number % 1000 === 0) await setImmediate();
    }
  } catch (cause) {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(`expected texts in ${path}: ${toMessage(cause)}`, { cause });
  }
  if (texts.length === 0) throw new ExpectedError(`--pool: expected texts in ${path}, got none`);
  return { texts, labelled };
}

/**
 * Sets texts aside that are not to be labelled: what repeats an earlier one, and what stands, or nearly so, in what is
 * evaluated on.
 * @param overlap the fraction of common letter 5-grams from which two texts are too close
 */
export async function filterPool(
  all: readonly PoolText[],
  evaluated: readonly ComparedSplit[] | null,
  overlap: number,
): Promise<{ texts: PoolText[]; rejected: { text: PoolText; rejection: Rejection }[] }> {
  const embedOne = () => Promise.reject(new RangeError("no cosine is asked for"));
  const contamination = await createContamination(evaluated ?? [], {
    overlap,
    cosine: null,
    embedOne,
  });
  const seen = new Set<string>();
  const texts: PoolText[] = [];
  const rejected: { text: PoolText; rejection: Rejection }[] = [];
  for (const text of all) {
    const { question, context } = text.example;
    const key = toTextKey(text.example);
    const candidate = toCandidate(text.example);
    const drop = (rejection: Rejection) => rejected.push({ text, rejection });
    if ([question, context ?? ""].some(hasLongRun)) {
      const evidence = "more than 30 combining marks in a row";
      drop(reject("wrong fields", "question", evidence, { candidate }));
    } else if (seen.has(key)) drop(reject("duplicate", "question", question, { candidate }));
    else {
      const close = await contamination.find(text.example);
      if (close) {
        const { field, ...more } = close;
        drop(reject("contaminated", field, question, { ...more, candidate }));
      } else texts.push(text);
    }
    seen.add(key);
  }
  return { texts, rejected };
}
