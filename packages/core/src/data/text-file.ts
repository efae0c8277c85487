import { isUtf8 } from "node:buffer";
import { ExpectedError } from "../messages/errors.ts";

/**
 * Decodes a file's bytes, which must be UTF-8: another encoding would damage texts silently. A byte order
 * mark is left out.
 * @param line that they begin with, from 1
 * @throws ExpectedError with file and line, and the encoding that it looks like
 */
export function decodeUtf8(bytes: Uint8Array, path: string, line = 1): string {
  const wrong = (at: number, encoding: string) =>
    new ExpectedError(
      `${path}:${at}: expected UTF-8, got what looks like ${encoding}; save the file as UTF-8`,
    );
  if (isUtf16(bytes)) throw wrong(line, "UTF-16");
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  throw wrong(line - 1 + findDamagedLine(bytes), "Latin-1 (or Windows-1252)");
}

/** Decodes a stream of bytes in the same way, by whole lines. */
export async function* decodeUtf8Stream(
  stream: AsyncIterable<Uint8Array | string>,
  name: string,
): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk as Uint8Array)]);
    const whole = bytes.subarray(0, bytes.lastIndexOf(lineFeed) + 1);
    rest = bytes.subarray(whole.length);
    yield decodeUtf8(whole, name, line);
    for (const byte of whole) if (byte === lineFeed) line += 1;
  }
  yield decodeUtf8(rest, name, line);
}

const lineFeed = 0x0a;

/** Whether a byte order mark, or a zero byte, which no JSON and no other text in UTF-8 holds, shows UTF-16. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return marked || bytes.subarray(0, 1000).includes(0);
}

/** Finds the first line that is not UTF-8, from 1. */
function findDamagedLine(bytes: Uint8Array): number {
  const lines = Buffer.from(bytes).toString("latin1").split("\n");
  return 1 + lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")));
}
