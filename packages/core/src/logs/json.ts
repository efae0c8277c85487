import { z } from "zod";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { decodeUtf8 } from "./files.ts";

// A key that a file lacks is nothing to its reader, not JavaScript's undefined.
const { localeError } = z.locales.en();
z.config({
  localeError(issue) {
    const said = localeError(issue);
    return typeof said === "string"
      ? said.replace(/\breceived undefined\b/, "received nothing")
      : said;
  },
});

/** The deepest nesting that is read: what walks a value, here and in libraries, would overflow the stack. */
const deepest = 100;

/** JSON that is nested deeper than 100 levels. */
export class NestingError extends SyntaxError {
  override name = "NestingError";
}

/** What is wrong with a JSON text, without the part of it that V8 quotes: that may hold a key. */
export function explainJson(error: unknown): string {
  return toMessage(error).replace(/, (?:\.\.\.)?".*is not valid JSON$/s, "");
}

/** Parses JSON from outside. @throws SyntaxError whose message quotes nothing of it; NestingError */
export function decodeJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw new SyntaxError(explainJson(error));
  }
  if (isDeeper(value, deepest)) throw tooDeep();
  return value;
}

const tooDeep = () => new NestingError(`nested deeper than ${deepest} levels`);

/** By the keys: listing the values of a vocabulary of 250,000 takes three times as long. */
function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (levels === 0) return true;
  for (const key in value)
    if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

/** Matches a JSON string, closed or not, or a number. */
const token = /"(?:[^"\\]+|\\[\s\S])*(?:"|\\?$)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses JSON in the same way; an integer beyond 2^53, which a number cannot hold, is the text of its digits. */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return decodeJson(text);
  const quoted = text.replace(token, (one) =>
    /^-?[1-9]\d{15,}$/.test(one) && !Number.isSafeInteger(Number(one)) ? `"${one}"` : one,
  );
  return decodeJson(quoted);
}

/** Parses a file of JSON. @throws ExpectedError naming it, if it is not as expected */
export function parseJsonFile<T>(
  bytes: Uint8Array,
  path: string,
  schema: z.ZodType<T>,
  expected: string,
): T {
  const text = decodeUtf8(bytes, path);
  try {
    return schema.parse(decodeJson(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : toMessage(cause);
    throw new ExpectedError(`${path}: expected ${expected}: ${reason}`, { cause });
  }
}

/** Parses JSON as a schema says; null: it is none, or not so. */
export function parseAs<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(decodeJson(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Parses a line of JSON. @throws ExpectedError with file and line */
export function parseLine(line: string, where: string): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    throw new ExpectedError(`${where}: expected one JSON value a line (${toMessage(error)})`);
  }
}
