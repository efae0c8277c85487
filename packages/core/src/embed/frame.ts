import type { PreTrainedTokenizer } from "@xenova/transformers";
import { cutMarks } from "../messages/combining-marks.ts";
import { ExpectedError, TextError, toMessage } from "../messages/errors.ts";
import { type TokenizedText, truncateTexts } from "./truncate.ts";

/**
 * The ids of a text without special tokens.
 * @param rows of the encoder's matrix
 * @throws ExpectedError if a token has none; TextError if one has an id that the matrix has no row for
 */
export function toTokenIds(
  read: PreTrainedTokenizer,
  text: string,
  rows = Number.POSITIVE_INFINITY,
): number[] {
  const ids: unknown[] = read.encode(cutMarks(text), { add_special_tokens: false });
  if (ids.every(isId)) {
    const outside = ids.find((id) => id >= rows);
    if (outside === undefined) return ids;
    throw new TextError(
      `${JSON.stringify(text.slice(0, 40))}: expected ids of tokens below ${rows}, for which the encoder has weights, got ${outside}: the tokenizer is of another model`,
    );
  }
  throw new ExpectedError(
    `expected an id for every token, got none for the unknown ones of ${JSON.stringify(text.slice(0, 40))}; tokenizer.json needs an unk_token that its vocabulary has`,
  );
}

function isId(id: unknown): id is number {
  return Number.isInteger(id) && Number(id) >= 0;
}

/** Signs that hardly any vocabulary has: Sumerian, Old Cyrillic, a nazar. */
const unknownSigns = "𒀀 ꙮ \u{1F9FF}";

/** A special token, or the place of a text (null), with its segment. */
interface FramePart {
  id: number | null;
  type: number;
  /** What stands for texts without a token where no special ones surround them. */
  blank?: number;
}

/**
 * Reads the special tokens that a tokenizer puts around one text or two, and the places of these texts.
 * @param typed whether it tells segments
 * @throws ExpectedError if it changes texts between special tokens, or a token has no id
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
  }: { input_ids: unknown[]; token_type_ids?: number[] } = read(text, {
    text_pair,
    return_tensor: false,
    return_token_type_ids: typed,
  });
  try {
    toTokenIds(read, unknownSigns);
  } catch (cause) {
    throw new ExpectedError(`${where}: ${toMessage(cause)}`, { cause });
  }
  if (!ids.every(isId))
    throw new ExpectedError(
      `${where}: expected an id for every special token, got ${ids.map(String)}; they are missing in the vocabulary of tokenizer.json`,
    );
  const contents = texts.map((one) => toTokenIds(read, one));
  const frame = findFrame(
    ids.map((id, at) => ({ id, type: types?.[at] ?? 0 })),
    contents,
  );
  const blank = [read.unk_token_id, read.pad_token_id, read.eos_token_id].find(isId) ?? 0;
  if (frame)
    return frame.some(({ id }) => id !== null) ? frame : frame.map((part) => ({ ...part, blank }));
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
 * Puts texts into their places. Special tokens stay, as in the Python library. (The truncation of transformers.js
 * takes the closing one.)
 * @param maxLength in tokens, special ones included
 * @returns token ids, their segments (zeros for models without), how many tokens there were before truncation, and
 *   whether it took some of an option
 */
export function fillFrame(
  frame: readonly FramePart[],
  texts: readonly TokenizedText[],
  maxLength: number,
) {
  const ids: number[] = [];
  const typeIds: number[] = [];
  const specials = frame.length - texts.length;
  const { texts: kept, cutsOption } = truncateTexts(texts, Math.max(0, maxLength - specials));
  let next = 0;
  for (const { id, type } of frame)
    for (const one of id === null ? (kept[next++] ?? []) : [id]) {
      ids.push(one);
      typeIds.push(type);
    }
  const [{ blank } = {}] = frame;
  if (ids.length === 0 && blank !== undefined)
    return { ids: [blank], typeIds: [0], tokens: 1, cutsOption };
  const tokens = texts.reduce((sum, text) => sum + text.ids.length, specials);
  return { ids, typeIds, tokens, cutsOption };
}
