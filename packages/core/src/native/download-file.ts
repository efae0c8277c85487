import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ExpectedError, toMessage } from "../errors.ts";
import type { Workplace } from "./workplace.ts";

/** Downloads a large file as a stream. @throws ExpectedError if it does not arrive whole */
export async function downloadFile(url: string, to: string, place: Workplace): Promise<void> {
  const { fetch, say, signal } = place;
  say(`downloading ${url}`);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    const total = Number(response.headers.get("content-length")) || null;
    const body = response.body as AsyncIterable<Uint8Array>;
    await pipeline(tellOf(body, total, say), createWriteStream(to));
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

/** Passes bytes on, and says at each tenth how many have come. */
async function* tellOf(
  body: AsyncIterable<Uint8Array>,
  total: number | null,
  say: (line: string) => void,
) {
  const step = Math.max((total ?? 500e6) / 10, 10e6);
  let done = 0;
  let told = 0;
  for await (const chunk of body) {
    yield chunk;
    done += chunk.length;
    if (done - told < step) continue;
    told = done;
    say(`  ${toMegabytes(done)}${total === null ? "" : ` of ${toMegabytes(total)}`} MB`);
  }
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
