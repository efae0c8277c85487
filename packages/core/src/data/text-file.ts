import { ExpectedError } from "../messages/errors.ts";

/**
 * Decodes a file's bytes, which must be UTF-8: another encoding would damage texts silently. A byte order
 * mark is left out.
 * @throws ExpectedError with file and line, and the encoding that it looks like
 */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  if (isUtf16(bytes)) throw wrongEncoding(`${path}:1`, "UTF-16");
  try {
    return decode(bytes).replace(/^\uFEFF/, "");
  } catch {
    throw wrongEncoding(`${path}:${findDamagedLine(bytes)}`, "Latin-1 (or Windows-1252)");
  }
}

/** Decodes a stream of bytes in the same way, by whole lines; a byte order mark stays. */
export async function* decodeUtf8Stream(
  stream: AsyncIterable<Uint8Array | string>,
  name: string,
): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk as Uint8Array)]);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    const whole = bytes.subarray(0, end);
    if (end > 0) yield decodeFrom(line, whole, name);
    for (const byte of whole) if (byte === lineFeed) line += 1;
    rest = bytes.subarray(end);
  }
  yield decodeFrom(line, rest, name);
}

const lineFeed = 0x0a;

function decodeFrom(line: number, bytes: Uint8Array, name: string): string {
  try {
    if (!isUtf16(bytes)) return decode(bytes);
  } catch {
    const at = line - 1 + findDamagedLine(bytes);
    throw wrongEncoding(`${name}:${at}`, "Latin-1 (or Windows-1252)");
  }
  throw wrongEncoding(`${name}:${line}`, "UTF-16");
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function wrongEncoding(where: string, encoding: string): ExpectedError {
  return new ExpectedError(
    `${where}: expected UTF-8, got what looks like ${encoding}; save the file as UTF-8`,
  );
}

/** Whether a byte order mark, or a zero byte, which no JSON and no other text in UTF-8 holds, shows UTF-16. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return marked || bytes.subarray(0, 1000).includes(0);
}

/** Finds the first line that is not UTF-8, from 1. */
function findDamagedLine(bytes: Uint8Array): number {
  let from = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(lineFeed, from);
    try {
      decode(bytes.subarray(from, end < 0 ? undefined : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    from = end + 1;
  }
}
