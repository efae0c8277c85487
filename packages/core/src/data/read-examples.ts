import { setImmediate } from "node:timers/promises";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { createExampleParser, type Example } from "./example.ts";
import { parseRows, type ReadRowsOptions, type RowsOptions, readRows } from "./rows.ts";

const required = ["question", "label"] as const;

/** How examples are read. */
export interface ReadExamplesOptions extends ReadRowsOptions {
  /** Throws where an example is not one of those that are wanted. */
  check?: (example: Example, where: string) => void;
  /** The options of an example that has none; null: each has its own. */
  options?: readonly string[] | null | undefined;
}

/** Parses a text of examples. @param name the file, for errors such as `train.jsonl:17`, and its form */
export function parseExamples(
  text: string,
  name: string,
  { options = null, ...rows }: RowsOptions & Pick<ReadExamplesOptions, "options"> = {},
): Example[] {
  const parse = createExampleParser(options);
  return Array.from(parseRows(text, name, { required, ...rows }), ({ value, where }) =>
    parse(value, where),
  );
}

/**
 * Reads a file of examples: JSONL, CSV or TSV of any size, or a JSON array.
 * @throws ExpectedError if it cannot be read
 */
export async function readExamples(
  path: string,
  { check = () => {}, options = null, ...rows }: ReadExamplesOptions = {},
): Promise<Example[]> {
  const parse = createExampleParser(options);
  const examples: Example[] = [];
  try {
    for (const { value, where, number } of readRows(path, { required, ...rows })) {
      const example = parse(value, where);
      check(example, where);
      examples.push(example);
      // Signals and timers have their turn.
      if (number % 1000 === 0) await setImmediate();
    }
  } catch (cause) {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(`expected examples in ${path}: ${toMessage(cause)}`, { cause });
  }
  return examples;
}
