import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PreTrainedTokenizer } from "@xenova/transformers";
import { z } from "zod";
import { explainJson } from "../logs/json.ts";
import { cutMarks } from "../messages/combining-marks.ts";
import { ExpectedError, TextError, toMessage } from "../messages/errors.ts";
import { type FramePart, fillFrame, findFrame } from "./frame.ts";
import { readJson } from "./model-file.ts";
import { type EmbedText, tokenizeText } from "./truncate.ts";

/** A row of an encoder's matrix, with room to spare: the largest vocabularies have 256,000. */
const mostIds = 10_000_000;

const isBounded = (id: unknown) => isId(id) && id <= mostIds;
const id = z.unknown().refine(isBounded, {
  error: ({ input }) => `expected a whole number from 0 to ${mostIds}, got ${input}`,
});
const wordLength = z.number().max(1000, {
  error: ({ input }) => `expected at most 1000, got ${input}`,
});

/** What of tokenizer.json sizes something. */
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id })).nullish(),
  model: z
    .looseObject({
      vocab: z.unknown(),
      /** The pieces of a word are found in a time that grows with the square of its length. */
      max_input_chars_per_word: wordLength.nullish(),
    })
    .nullish(),
});
const configSchema = z.looseObject({ tokenizer_class: z.string().nullish() });

const files = ["tokenizer.json", "tokenizer_config.json"] as const;

export type EncoderTokenizer = Awaited<ReturnType<typeof openTokenizer>>;

/**
 * Opens the tokenizer of a folder of the hub's layout, in transformers.js.
 * @param rows of the encoder's matrix
 * @throws ExpectedError if a file of it is not there or cannot be read, or it changes texts between special tokens
 */
export async function openTokenizer(folder: string, rows = Number.POSITIVE_INFINITY) {
  for (const name of files)
    if (!existsSync(join(folder, name)))
      throw new ExpectedError(
        `${folder}: expected a tokenizer, in ${files.join(" and ")}, got no ${name}; put the tokenizer's files there, in Python by AutoTokenizer.from_pretrained(...).save_pretrained(folder)`,
      );
  const library = await loadLibrary();
  const json = readJson(join(folder, files[0]), tokenizerSchema, "a tokenizer");
  checkIds(json.model?.vocab, folder);
  const config = readJson(join(folder, files[1]), configSchema, "a JSON object");
  const named: unknown = Reflect.get(library, config.tokenizer_class?.replace(/Fast$/, "") ?? "");
  const { PreTrainedTokenizer } = library;
  const isKnown = typeof named === "function" && named.prototype instanceof PreTrainedTokenizer;
  const Tokenizer = isKnown ? (named as typeof PreTrainedTokenizer) : PreTrainedTokenizer;
  const read = createOrExplain(folder, () => new Tokenizer(json, config));
  // For a class that the library does not know tokenizer.json says the segments, as in Python.
  const typed = read.return_token_type_ids || !isKnown;
  const single = readFrame(read, ["a"], typed, folder);
  let pair: FramePart[] | null = null;
  const encode = (text: string) => toTokenIds(read, text, rows);
  let last = { text: "", ids: encode("") };
  // Options share their question, which is encoded once.
  const encodeOnce = (text: string) => {
    if (last.text !== text) last = { text, ids: encode(text) };
    return last.ids;
  };
  return {
    /** The special tokens around a text, and around two; null: of two there are none, or it changes them. */
    readFrames: () => ({ single, pair: orNull(() => readFrame(read, ["a", "b"], typed, folder)) }),
    /** Encodes a text by which an encoder is probed: a token that it has no row for is 0. */
    encodeProbe: (text: string) => read.encode(text).map((id: number) => (id < rows ? id : 0)),
    /**
     * Encodes a text, or a pair with the special tokens and segments of pairs. Truncates as `truncateTexts` does;
     * special tokens stay.
     * @param maxLength in tokens, special ones included
     * @throws ExpectedError if the tokenizer changes texts in a pair
     */
    encode(first: EmbedText, second: EmbedText | null, maxLength: number) {
      if (second === null) return fillFrame(single, [tokenizeText(encode, first)], maxLength);
      pair ??= readFrame(read, ["a", "b"], typed, folder);
      const texts = [tokenizeText(encodeOnce, first), tokenizeText(encode, second)];
      return fillFrame(pair, texts, maxLength);
    },
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

export async function loadLibrary() {
  const library = await import("@xenova/transformers");
  library.env.logLevel = library.LogLevel.NONE; // what goes wrong comes as an error
  return library;
}

function createOrExplain<T>(folder: string, create: () => T): T {
  try {
    return create();
  } catch (cause) {
    throw new ExpectedError(
      `${folder}: expected a tokenizer for transformers.js in ${files.join(" and ")}, which do not read as one (${explainJson(cause)})`,
      { cause },
    );
  }
}

/** @throws ExpectedError naming a token of a vocabulary whose id is out of all bounds */
function checkIds(vocabulary: unknown, folder: string): void {
  if (Array.isArray(vocabulary)) return;
  const ids = vocabulary as Readonly<Record<string, unknown>>;
  // By the keys: listing the entries of 250,000 takes three times as long.
  for (const token in ids)
    if (!isBounded(ids[token]))
      throw new ExpectedError(
        `${join(folder, files[0])}: token ${JSON.stringify(token.slice(0, 40))}: expected a whole number from 0 to ${mostIds} as its id, got ${JSON.stringify(ids[token])}`,
      );
}

/**
 * The ids of a text without special tokens.
 * @param rows of the encoder's matrix
 * @throws ExpectedError if a token has none; TextError if one has an id that the matrix has no row for
 */
function toTokenIds(
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

/**
 * Reads the special tokens that a tokenizer puts around one text or two, and the places of these texts.
 * @param typed whether it tells segments
 * @throws ExpectedError if it changes texts between special tokens, or a token has no id
 */
function readFrame(
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
