/** A line of a text, numbered from 1. */
export interface NumberedLine {
  line: string;
  number: number;
}

/**
 * Splits a stream of text at line feeds only: U+0085, U+2028 and U+2029 may stand raw inside a JSON
 * string. Blank lines are passed over; so is a byte order mark.
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
