import { mostBytes } from "./open-inside.ts";

/**
 * Splits a stream of bytes at line feeds only, in time linear in its length.
 * @param most bytes of a line
 * @returns the lines without their ends, also a last one that has none; null for a line that is longer
 */
export async function* splitByteLines(
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>,
  most = mostBytes.line,
): AsyncGenerator<Buffer | null> {
  let pieces: Buffer[] = [];
  let size = 0;
  const add = (piece: Buffer) => {
    size += piece.length;
    if (size > most) pieces = [];
    else pieces.push(piece);
  };
  const take = (): Buffer | null => {
    const line = size > most ? null : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    return line;
  };
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      add(bytes.subarray(from, end));
      from = end + 1;
      yield take();
    }
    add(bytes.subarray(from));
  }
  // Of UTF-16's last line feed half may be left: a zero byte.
  if (size > most || pieces.some((piece) => piece.some((byte) => byte !== 0))) yield take();
}
