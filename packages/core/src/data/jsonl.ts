import { readFile } from "node:fs/promises";
import { parseLine } from "../logs/log.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { type Example, parseExample, toRecord } from "./example.ts";
import { decodeUtf8 } from "./text-file.ts";

/**
 * Splits a JSONL text at line feeds only: U+0085, U+2028 and U+2029 may stand raw inside a string.
 * Blank lines are passed over; numbers count from 1.
 */
export function* toLines(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.trim() !== "") yield { line, number };
  }
}

/**
 * Parses a JSONL text of examples.
 * @param name the file, for errors such as `train.jsonl:17`
 * @param check throws where an example is not one of those that are wanted
 */
export function parseExamples(
  text: string,
  name: string,
  check: (example: Example, where: string) => void = () => {},
): Example[] {
  const examples: Example[] = [];
  for (const { line, number } of toLines(text.replace(/^\uFEFF/, ""))) {
    const where = `${name}:${number}`;
    const example = parseExample(parseLine(line, where), where);
    check(example, where);
    examples.push(example);
  }
  return examples;
}

/**
 * Reads a JSONL file of examples.
 * @param check throws where an example is not one of those that are wanted
 * @throws ExpectedError if it cannot be read
 */
export async function readExamples(
  path: string,
  check?: (example: Example, where: string) => void,
): Promise<Example[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ExpectedError(`expected examples in ${path}: ${toMessage(cause)}`, { cause });
  });
  return parseExamples(decodeUtf8(bytes, path), path, check);
}

export function toJsonl(values: Iterable<unknown>): string {
  let text = "";
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}

export function toExamplesJsonl(examples: Iterable<Example>): string {
  return toJsonl(Array.from(examples, toRecord));
}
