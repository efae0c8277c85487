import { jsonrepair } from "jsonrepair";

/** Repairs the text of an object that is not JSON. @returns undefined where that is not possible */
export type Repair = (text: string) => object | undefined;

/** The longest object that is repaired, in UTF-16 units. */
const longest = 8000;

/** The most work for one object, and for one reply besides four units a character of it. */
const mostForOne = 2_000_000;
const mostForReply = 4_000_000;

/** The work of texts that make jsonrepair call itself until the stack overflows. */
const workOfOverflow = 20_000;

/**
 * Creates the repair of one reply's objects. jsonrepair goes back to where a text began, or copies what
 * it has written, at each quote and bracket that it does not expect: seconds for 8 KB. So objects are
 * repaired as long as an estimate of this work stays in proportion to the reply's length.
 */
export function createRepair(replyLength: number): Repair {
  let left = mostForReply + 4 * replyLength;
  return (text) => {
    if (text.length > longest) return undefined;
    const work = estimateWork(text);
    if (work > mostForOne || work > left) return undefined;
    left -= work;
    try {
      const repaired: unknown = JSON.parse(jsonrepair(withoutOpenField(text)));
      return typeof repaired === "object" && repaired !== null ? repaired : undefined;
    } catch (error) {
      if (error instanceof RangeError) left -= workOfOverflow;
      return undefined;
    }
  };
}

/** Estimates jsonrepair's work at worst: measured, a unit takes at most half a microsecond. */
function estimateWork(text: string): number {
  return 200 + text.length * (1 + text.length / 500 + countUnexpected(text));
}

const quotes = new Set("\"'`´“”‘’&");
const openings = new Set("{[(+");

/** Counts opening brackets, and quotes that stand neither where a text begins nor where one ends. */
function countUnexpected(text: string): number {
  let unexpected = 0;
  let before = "";
  let inside = false;
  for (const char of text) {
    if (/\s/.test(char)) continue;
    if (inside && !",:}]".includes(char)) unexpected += 1;
    inside = quotes.has(char) && !"{[,:".includes(before);
    if (openings.has(char)) unexpected += 1;
    before = char;
  }
  return unexpected;
}

/** Matches a text that goes on to the end without the quote or brace that ends it. */
const unclosed = /^(?:[^"\\}]|\\.)*\\?$/;

/**
 * Removes an object's last field where the text of that field is not closed: the reply was truncated
 * there, and the rest of the field must not be kept as if it were complete.
 */
export function withoutOpenField(text: string): string {
  let opening = text.lastIndexOf('"');
  while (opening > 0 && text[opening - 1] === "\\") opening = text.lastIndexOf('"', opening - 1);
  const keyEnd = opening > 0 ? text.lastIndexOf('"', opening - 1) : -1;
  const key = keyEnd > 0 ? text.lastIndexOf('"', keyEnd - 1) : -1;
  if (key < 0 || text.slice(keyEnd + 1, opening).trim() !== ":") return text;
  if (!unclosed.test(text.slice(opening + 1))) return text;
  const rest = text.slice(0, key).trimEnd();
  return rest.endsWith(",") ? rest.slice(0, -1) : rest;
}
