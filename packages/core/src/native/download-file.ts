import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import type { Workplace } from "./workplace.ts";

/** Downloads a large file as a stream. @throws ExpectedError if it does not arrive whole */
export async function downloadFile(url: string, to: string, place: Workplace): Promise<void> {
  const { fetch, say, signal } = place;
  say(`downloading ${url}`);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    const total = Number(response.headers.get("content-length")) || null;
    await write(response.body as AsyncIterable<Uint8Array>, to, tellOf(total, say));
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause ? ` (${toMessage(error.cause)})` : "";
    throw new ExpectedError(
      `cannot download ${url}: ${toMessage(error)}${cause}; check the address, or fetch the file by other means and name it by --libtensorflow`,
      { cause: error },
    );
  }
}

/** The SHA-256 of a file of any size, as 64 hex digits. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/**
 * Writes synchronously: undici 7 crashes the process if a server closes the connection while a slow
 * reader holds it back (nodejs/undici#5360).
 */
async function write(body: AsyncIterable<Uint8Array>, to: string, tell: (bytes: number) => void) {
  const file = openSync(to, "w");
  try {
    for await (const chunk of body) {
      writeSync(file, chunk);
      tell(chunk.length);
    }
  } finally {
    closeSync(file);
  }
}

/** Says at each tenth how many bytes have come. */
function tellOf(total: number | null, say: (line: string) => void): (bytes: number) => void {
  const step = Math.max((total ?? 500e6) / 10, 10e6);
  let done = 0;
  let told = 0;
  return (bytes) => {
    done += bytes;
    if (done - told < step) return;
    told = done;
    say(`  ${toMegabytes(done)}${total === null ? "" : ` of ${toMegabytes(total)}`} MB`);
  };
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
