import { type Example, openLog, toAnswer } from "@seedling/core/internal";
import { z } from "zod";

// What tables and sections read of a creation's files: they show what there is.

/** The first records of a JSONL file, up to the first that does not parse; none where there is no file. */
export function readFirst<T>(path: string, parse: (value: unknown) => T, most: number): T[] {
  const records: T[] = [];
  for (const record of readRecords(path, parse)) {
    if (record === null || records.length === most) break;
    records.push(record);
  }
  return records;
}

/** The records of a JSONL file; null for one that does not parse. */
export function* readRecords<T>(path: string, parse: (value: unknown) => T): Generator<T | null> {
  const log = openRecords(path);
  if (log === null) return;
  try {
    for (let i = 0; i < log.length; i++) yield attempt(() => parse(log.read(i)));
  } finally {
    log.close();
  }
}

/** Opens a JSONL file to read lines of it in any order; null where that cannot be. */
export function openRecords(path: string) {
  return attempt(() => openLog(path, z.unknown(), { holds: "JSON", mode: "read" }));
}

export function attempt<R>(action: () => R): R | null {
  try {
    return action();
  } catch {
    return null;
  }
}

/** Names a label by its text where all examples have the same options, else by its position. */
export function createLabelNamer(examples: readonly Example[]): (example: Example) => string {
  const forms = new Set(examples.map(({ options }) => JSON.stringify(options.toSorted())));
  return forms.size <= 1 ? toAnswer : ({ label }) => `option ${label + 1}`;
}
