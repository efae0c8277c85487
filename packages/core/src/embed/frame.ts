import type { PreTrainedTokenizer } from "@xenova/transformers";
import { ExpectedError } from "../messages/errors.ts";

/** The ids of a text without special tokens. */
export function toTokenIds(read: PreTrainedTokenizer, text: string): number[] {
  return read.encode(text, { add_special_tokens: false });
}

/** A special token, or the place of a text (null), with its segment. */
interface FramePart {
  id: number | null;
  type: number;
}

/**
 * Reads the special tokens that a tokenizer puts around one text or two, and the places of these texts.
 * @param typed whether it tells segments
 * @throws ExpectedError if it changes texts between special tokens
 */
export function readFrame(
  read: PreTrainedTokenizer,
  texts: [string] | [string, string],
  typed: boolean,
  where: string,
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
  const contents = texts.map((one) => toTokenIds(read, one));
  const frame = findFrame(
    ids.map((id, at) => ({ id, type: types?.[at] ?? 0 })),
    contents,
  );
  if (frame) return frame;
  throw new ExpectedError(
    `${where}: expected a tokenizer that keeps ${texts.join(" and ")} between its special tokens, ` +
      `got ids ${ids}`,
  );
}

/**
 * Finds the frame of texts: their special tokens, and a place for each.
 * @param tokens of these texts with special tokens
 * @param contents ids of these texts without them
 * @returns null if the texts are not found in their order
 */
export function findFrame(tokens: readonly FramePart[], contents: readonly number[][]) {
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
 * Puts texts into their places. Truncates from the end of the last text, then of the first; special tokens
 * stay, as in the Python library. (The truncation of transformers.js takes the closing one.)
 * @param maxLength in tokens, special ones included
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
