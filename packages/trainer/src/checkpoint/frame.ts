import type { TokenIds } from "./tokenizer.ts";

/** The tokens round one text or two. */
export interface TokenFrame {
  /** One piece before each text, and the last one after all of them. */
  pieces: Piece[];
  /** The type of each text's tokens. */
  textTypes: number[];
}

interface Piece {
  ids: number[];
  types: number[];
}

/**
 * Finds what a tokenizer puts round texts.
 * @param framed ids and types of texts with special tokens
 * @param contents ids of these texts without them
 * @returns null if the texts are not found in their order
 */
export function locateTexts(framed: Piece, contents: readonly number[][]): TokenFrame | null {
  const frame: TokenFrame = { pieces: [], textTypes: [] };
  let end = 0;
  for (const content of contents) {
    const at = framed.ids.findIndex(
      (_, start) => start >= end && content.every((id, i) => framed.ids[start + i] === id),
    );
    if (at < 0 || content.length === 0) return null;
    frame.pieces.push(slice(framed, end, at));
    frame.textTypes.push(framed.types[at] ?? 0);
    end = at + content.length;
  }
  frame.pieces.push(slice(framed, end, framed.ids.length));
  return frame;
}

/**
 * Puts texts into their frame. What is too long is cut from the end of the last text, then of the
 * first: special tokens stay.
 */
export function fillFrame(
  { pieces, textTypes }: TokenFrame,
  texts: readonly number[][],
  maxLength: number,
): TokenIds {
  const ids: number[] = [];
  const typeIds: number[] = [];
  let tokens = pieces.reduce((sum, piece) => sum + piece.ids.length, 0);
  let room = Math.max(0, maxLength - tokens);
  pieces.forEach((piece, at) => {
    ids.push(...piece.ids);
    typeIds.push(...piece.types);
    const text = texts[at] ?? [];
    const kept = Math.min(text.length, room);
    for (let i = 0; i < kept; i++) {
      ids.push(text[i] as number);
      typeIds.push(textTypes[at] ?? 0);
    }
    room -= kept;
    tokens += text.length;
  });
  return { ids, typeIds, tokens };
}

function slice({ ids, types }: Piece, from: number, to: number): Piece {
  return { ids: ids.slice(from, to), types: types.slice(from, to) };
}
