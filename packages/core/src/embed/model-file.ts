import type { z } from "zod";
import { parseJsonFile } from "../logs/json.ts";
import { readFollowed } from "../logs/open-inside.ts";
import { ExpectedError, toMessage, tryFile } from "../messages/errors.ts";
import { toPlainText } from "../messages/plain-text.ts";

/** Bytes of a file's start that tell text from numbers. */
export const startBytes = 200;

/**
 * Describes text that stands where something else is expected: a pointer of Git LFS, or a page that a proxy or a
 * login answered with.
 * @param start the first bytes of a file
 * @returns null: it is no text
 */
export function describeText(start: Uint8Array): string | null {
  const text = Buffer.from(start)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  if (text.startsWith("version https://git-lfs"))
    return "a pointer of Git LFS: `git lfs pull` fetches the file";
  const isPage = /^\s*<(!doctype|html|head|\?xml)\b/i.test(text);
  // The last letter may be cut.
  const isText = text !== "" && !/[\p{Cc}\uFFFD](?!$)/u.test(text.replace(/\s/g, ""));
  if (!isPage && !isText) return null;
  return `${isPage ? "a page" : "a text"} that begins ${JSON.stringify(toPlainText(text).slice(0, 40))}`;
}

/** Reads a model's file of JSON. @throws ExpectedError naming it, if it is not there or not as expected */
export function readJson<T>(path: string, schema: z.ZodType<T>, expected: string): T {
  const bytes = tryFile("read", path, () => readFollowed(path));
  try {
    return parseJsonFile(bytes, path, schema, expected);
  } catch (error) {
    if (!(error instanceof Error && error.cause instanceof SyntaxError)) throw error;
    const found = describeText(bytes.subarray(0, startBytes)) ?? "none";
    const why = toMessage(error.cause);
    throw new ExpectedError(`${path}: expected ${expected}, got ${found} (${why})`);
  }
}
