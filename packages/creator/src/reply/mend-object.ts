import { jsonrepair } from "jsonrepair";

/** Mends the text of an object that is not JSON. @returns undefined where that cannot be done */
export type Mend = (text: string) => object | undefined;

/** The longest object that is mended, in UTF-16 units. */
const longest = 8000;

/** The most work for one object, and for one reply beside four units a character of it. */
const mostForOne = 2_000_000;
const mostForReply = 4_000_000;

/** Some texts send it round in circles until the stack overflows. */
const workOfOverflow = 20_000;

/**
 * Opens the mending of one reply's objects. jsonrepair goes back to where a text began, or copies what
 * it has written, at each quote and bracket that it does not expect: seconds for 8 KB. So objects are
 * mended as long as an estimate of this work stays in proportion to the reply's length.
 */
export function createMending(replyLength: number): Mend {
  let left = mostForReply + 4 * replyLength;
  return (text) => {
    if (text.length > longest) return undefined;
    const work = toWork(text);
    if (work > mostForOne || work > left) return undefined;
    left -= work;
    try {
      const mended: unknown = JSON.parse(jsonrepair(withoutCutField(text)));
      return typeof mended === "object" && mended !== null ? mended : undefined;
    } catch (error) {
      if (error instanceof RangeError) left -= workOfOverflow;
      return undefined;
    }
  };
}

/** jsonrepair's work at worst: measured, a unit takes at most half a microsecond. */
function toWork(text: string): number {
  return 200 + text.length * (1 + text.length / 500 + countMarks(text));
}

const quotes = new Set("\"'`´“”‘’&");
const openings = new Set("{[(+");

/** Opening brackets, and quotes that stand neither where a text begins nor where one ends. */
function countMarks(text: string): number {
  let marks = 0;
  let before = "";
  let inside = false;
  for (const char of text) {
    if (/\s/.test(char)) continue;
    if (inside && !",:}]".includes(char)) marks += 1;
    inside = quotes.has(char) && !"{[,:".includes(before);
    if (openings.has(char)) marks += 1;
    before = char;
  }
  return marks;
}

/** A text that goes on to the end without the quote or brace that ends it. */
const unclosed = /^(?:[^"\\}]|\\.)*\\?$/;

/**
 * A text without its last field where the text of that field is not closed: a reply was cut there, and
 * what is left of the field must not be kept as if it were whole.
 */
export function withoutCutField(text: string): string {
  let opening = text.lastIndexOf('"');
  while (opening > 0 && text[opening - 1] === "\\") opening = text.lastIndexOf('"', opening - 1);
  const keyEnd = opening > 0 ? text.lastIndexOf('"', opening - 1) : -1;
  const key = keyEnd > 0 ? text.lastIndexOf('"', keyEnd - 1) : -1;
  if (key < 0 || text.slice(keyEnd + 1, opening).trim() !== ":") return text;
  if (!unclosed.test(text.slice(opening + 1))) return text;
  const rest = text.slice(0, key).trimEnd();
  return rest.endsWith(",") ? rest.slice(0, -1) : rest;
}
