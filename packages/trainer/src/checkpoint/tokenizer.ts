import { join } from "node:path";
import { ExpectedError, exists, toMessage } from "@seedling/core/internal";
import type { PreTrainedTokenizer } from "@xenova/transformers";
import { checkpointFiles } from "./checkpoint.ts";

export type EncoderTokenizer = Awaited<ReturnType<typeof openTokenizer>>;

/**
 * Opens the tokenizer of a folder of the hub's layout, in transformers.js.
 * @throws ExpectedError if a file of it is not there or cannot be read, or it changes texts in a pair
 */
export async function openTokenizer(folder: string) {
  const { tokenizer, tokenizerConfig } = checkpointFiles;
  for (const name of [tokenizer, tokenizerConfig])
    if (!(await exists(join(folder, name))))
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
  const single = findFrame(read, ["a"], typed, folder);
  const pair = findFrame(read, ["a", "b"], typed, folder);
  // Options share their question, which is encoded once.
  let last = { text: "", ids: toIds(read, "") };

  return {
    /** One more than the highest id. */
    vocabulary: [...read.get_vocab().values()].reduce((most, id) => Math.max(most, id + 1), 0),
    /**
     * Encodes a text, or a pair with the special tokens and segments of pairs. Truncates from the end of the
     * last text, then of the first; special tokens stay.
     * @param maxLength in tokens, special ones included
     */
    encode(first: string, second: string | null, maxLength: number) {
      if (last.text !== first) last = { text: first, ids: toIds(read, first) };
      if (second === null) return fillFrame(single, [last.ids], maxLength);
      return fillFrame(pair, [last.ids, toIds(read, second)], maxLength);
    },
  };
}

function toIds(read: PreTrainedTokenizer, text: string): number[] {
  return read.encode(text, { add_special_tokens: false });
}

/** A special token, or the place of a text (null), with its segment. */
interface FramePart {
  id: number | null;
  type: number;
}

/** Finds the special tokens that a tokenizer puts around one text or two. */
function findFrame(
  read: PreTrainedTokenizer,
  texts: [string] | [string, string],
  typed: boolean,
  folder: string,
): FramePart[] {
  const [text, text_pair = null] = texts;
  const {
    input_ids: ids,
    token_type_ids: types,
  }: { input_ids: number[]; token_type_ids?: number[] } = read(text, {
    text_pair,
    return_tensor: false,
    return_token_type_ids: typed,
  });
  const contents = texts.map((one) => toIds(read, one));
  const frame = replaceTexts(
    ids.map((id, at) => ({ id, type: types?.[at] ?? 0 })),
    contents,
  );
  if (frame) return frame;
  throw new ExpectedError(
    `${folder}: expected a tokenizer that keeps ${texts.join(" and ")} between its special tokens, ` +
      `got ids ${ids}`,
  );
}

/**
 * Replaces texts by their places.
 * @param tokens of these texts with special tokens
 * @param contents ids of these texts without them
 * @returns null if the texts are not found in their order
 */
export function replaceTexts(
  tokens: readonly FramePart[],
  contents: readonly number[][],
): FramePart[] | null {
  const frame: FramePart[] = [];
  let end = 0;
  for (const content of contents) {
    const at = tokens.findIndex(
      (_, start) => start >= end && content.every((id, i) => tokens[start + i]?.id === id),
    );
    if (at < 0 || content.length === 0) return null;
    frame.push(...tokens.slice(end, at), { id: null, type: tokens[at]?.type ?? 0 });
    end = at + content.length;
  }
  return [...frame, ...tokens.slice(end)];
}

/**
 * Puts texts into their places. Truncates from the end of the last text, then of the first.
 * @returns token ids, their segments (zeros for models without), and how many tokens there were before truncation
 */
export function fillFrame(
  frame: readonly FramePart[],
  texts: readonly number[][],
  maxLength: number,
) {
  const ids: number[] = [];
  const typeIds: number[] = [];
  const specials = frame.length - texts.length;
  let room = Math.max(0, maxLength - specials);
  let next = 0;
  for (const { id, type } of frame) {
    const kept = id === null ? (texts[next++] ?? []).slice(0, room) : [id];
    if (id === null) room -= kept.length;
    ids.push(...kept);
    typeIds.push(...kept.map(() => type));
  }
  return { ids, typeIds, tokens: texts.reduce((sum, text) => sum + text.length, specials) };
}
