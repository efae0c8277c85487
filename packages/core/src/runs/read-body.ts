import { mostBytes } from "../logs/open-inside.ts";
import { ExpectedError } from "../messages/errors.ts";

/** A server's answer is longer than what is read of one. */
export class LongBodyError extends ExpectedError {
  override name = "LongBodyError";
}

/**
 * Reads a response's body, up to 64 MB after decompression: a short one may unpack to more than there is memory.
 * @throws LongBodyError; what `fetch` throws where the connection or the time ends
 */
export async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > mostBytes.json) throw new LongBodyError("above 64 MB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Says where a response redirects to, without a query, which may hold a token; null: nowhere. */
export function findRedirect({ status, headers, url }: Response): string | null {
  const location = headers.get("location");
  if (status < 300 || status > 399 || location === null) return null;
  if (!URL.canParse(location, url || undefined)) return null;
  const { protocol, host, pathname } = new URL(location, url || undefined);
  return `the server moved to ${protocol}//${host}${pathname}: expected OPENAI_BASE_URL to lead there without a redirect`;
}
