import { type FileHandle, open } from "node:fs/promises";

const piece = 256 * 1024;

/**
 * The whole lines of a file from its beginning, read piece by piece, so that who has enough stops.
 * A file that is not there has none; a last line without its end is none.
 * @param most bytes read at most
 */
export async function* readLines(path: string, most: number): AsyncGenerator<string> {
  const file = await openOrNull(path);
  if (!file) return;
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let offset = 0; offset < most; offset += piece) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(piece), 0, piece, offset);
      if (bytesRead === 0) return;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield bytes.toString("utf8", start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    await file.close();
  }
}

function openOrNull(path: string): Promise<FileHandle | null> {
  return open(path).catch(() => null);
}
