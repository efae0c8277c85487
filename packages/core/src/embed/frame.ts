import { type TokenizedText, truncateTexts } from "./truncate.ts";

/** A special token, or the place of a text (null), with its segment. */
export interface FramePart {
  id: number | null;
  type: number;
  /** What stands for texts without a token where no special ones surround them. */
  blank?: number;
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
