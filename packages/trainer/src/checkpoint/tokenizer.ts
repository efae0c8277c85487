import { join } from "node:path";
import { ExpectedError, exists, toMessage } from "@seedling/core/internal";
import type { PreTrainedTokenizer } from "@xenova/transformers";
import { checkpointFiles } from "./checkpoint.ts";

/** One text or a pair, as token ids. */
export interface TokenIds {
  ids: number[];
  /** The segment of each token, for models that have segments; else zeros. */
  typeIds: number[];
  /** Tokens before truncation. */
  tokens: number;
}

export interface EncoderTokenizer {
  /** One more than the highest id. */
  vocabulary: number;
  /**
   * Encodes a text, or a pair with the special tokens and segments of pairs. Truncates from the end of the
   * last text, then of the first; special tokens stay.
   * @param maxLength in tokens, special ones included
   */
  encode(first: string, second: string | null, maxLength: number): TokenIds;
}

/**
 * Opens the tokenizer of a folder of the hub's layout, in transformers.js.
 * @throws ExpectedError if a file of it is not there or cannot be read, or it changes texts in a pair
 */
export async function openTokenizer(folder: string): Promise<EncoderTokenizer> {
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
    vocabulary: [...read.get_vocab().values()].reduce((most, id) => Math.max(most, id + 1), 0),
    encode(first, second, maxLength) {
      if (last.text !== first) last = { text: first, ids: toIds(read, first) };
      if (second === null) return fillFrame(single, [last.ids], maxLength);
      return fillFrame(pair, [last.ids, toIds(read, second)], maxLength);
    },
  };
}

function toIds(read: PreTrainedTokenizer, text: string): number[] {
  return read.encode(text, { add_special_tokens: false });
}

function findFrame(
  read: PreTrainedTokenizer,
  [text, pair]: [string] | [string, string],
  typed: boolean,
  folder: string,
): TokenFrame {
  const { input_ids, token_type_ids }: { input_ids: number[]; token_type_ids?: number[] } = read(
    text,
    { text_pair: pair ?? null, return_tensor: false, return_token_type_ids: typed },
  );
  const texts = pair === undefined ? [text] : [text, pair];
  const types = token_type_ids ?? input_ids.map(() => 0);
  const contents = texts.map((text) => toIds(read, text));
  const frame = locateTexts({ ids: input_ids, types }, contents);
  if (frame) return frame;
  throw new ExpectedError(
    `${folder}: expected a tokenizer that keeps ${texts.join(" and ")} between its special tokens, ` +
      `got ids ${input_ids}`,
  );
}

/** The special tokens around one text or two. */
export interface TokenFrame {
  /** One before each text, and one after the last. */
  pieces: Piece[];
  /** The segment of each text's tokens. */
  textTypes: number[];
}

interface Piece {
  ids: number[];
  types: number[];
}

/**
 * Finds the special tokens that a tokenizer puts around texts.
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
 * Puts texts between their special tokens. Truncates from the end of the last text, then of the first.
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
