import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ExpectedError,
  fillFrame,
  readFrame,
  toMessage,
  toTokenIds,
} from "@seedling/core/internal";
import { checkpointFiles } from "./checkpoint.ts";

export type EncoderTokenizer = Awaited<ReturnType<typeof openTokenizer>>;

/**
 * Opens the tokenizer of a folder of the hub's layout, in transformers.js.
 * @throws ExpectedError if a file of it is not there or cannot be read, or it changes texts in a pair
 */
export async function openTokenizer(folder: string) {
  const { tokenizer, tokenizerConfig } = checkpointFiles;
  for (const name of [tokenizer, tokenizerConfig])
    if (!existsSync(join(folder, name)))
      throw new ExpectedError(
        `${folder}: expected a tokenizer, in ${tokenizer} and ${tokenizerConfig}, got no ${name}; put the tokenizer's files there, in Python by AutoTokenizer.from_pretrained(...).save_pretrained(folder)`,
      );
  const library = await import("@xenova/transformers");
  const options = { local_files_only: true };
  const read = await library.AutoTokenizer.from_pretrained(folder, options).catch(
    (cause: unknown) => {
      throw new ExpectedError(
        `${folder}: expected a tokenizer for transformers.js in ${tokenizer} and ${tokenizerConfig}, which do not read as one (${toMessage(cause)}); fetch both again`,
        { cause },
      );
    },
  );
  // For a class that the library does not know tokenizer.json says the segments, as in Python.
  const typed = read.return_token_type_ids || read.constructor === library.PreTrainedTokenizer;
  const single = readFrame(read, ["a"], typed, folder);
  const pair = readFrame(read, ["a", "b"], typed, folder);
  // Options share their question, which is encoded once.
  let last = { text: "", ids: toTokenIds(read, "") };

  return {
    /** One more than the highest id. */
    vocabulary: [...read.get_vocab().values()].reduce((most, id) => Math.max(most, id + 1), 0),
    /**
     * Encodes a text, or a pair with the special tokens and segments of pairs. Truncates from the end of the
     * last text, then of the first; special tokens stay.
     * @param maxLength in tokens, special ones included
     */
    encode(first: string, second: string | null, maxLength: number) {
      if (last.text !== first) last = { text: first, ids: toTokenIds(read, first) };
      if (second === null) return fillFrame(single, [last.ids], maxLength);
      return fillFrame(pair, [last.ids, toTokenIds(read, second)], maxLength);
    },
  };
}
