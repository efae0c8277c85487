import type { EncoderReading } from "./declaration.ts";
import type { EmbedText } from "./truncate.ts";

/** One text as a vector. */
export interface Embedding {
  /** Unit length. */
  vector: Float32Array;
  /** Tokens of the text before truncation, special ones included. */
  tokens: number;
  /** Tokens that were encoded: at most the encoder's maximum length. */
  kept: number;
}

export function isTruncated({ tokens, kept }: Pick<Embedding, "tokens" | "kept">): boolean {
  return kept < tokens;
}

export type EmbedProgress = (done: number, total: number) => void;

/** Texts -> unit vectors. A vector depends on its text alone, never on what else is embedded. */
export interface Embed {
  /** Names everything a vector depends on but the text: two Embeds of one id agree to the bit. */
  id: string;
  /** Hash of the files that it reads: weights, configuration, tokenizer. */
  hash: string;
  dimensions: number;
  /** Longer texts are truncated to this many tokens: at their end, or around an option. */
  maxLength: number;
  /** How texts become vectors; left out: as nothing but the encoder itself says. */
  reading?: EncoderReading;
  embed(texts: readonly EmbedText[], progress?: EmbedProgress): Promise<Embedding[]>;
  /** Whether truncation takes tokens of a text's option. */
  cutsOption(text: EmbedText): boolean;
  /** Writes what it learned into a classifier's folder; left out: it learned nothing. */
  saveBeside?(folder: string): Promise<void>;
  dispose(): Promise<void>;
}

/** A vector scaled to length 1; one of length 0 stays as it is. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** The token ids of texts of one length, row after row. */
export interface Batch {
  ids: Int32Array;
  rows: number;
}

/** Token ids -> unit vectors. Where it runs, and how many of it there are, changes no bit. */
export interface Encoder {
  dimensions: number;
  /** Gives rows x dimensions numbers, row after row. */
  encode(batch: Batch): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Tokens in one batch at most, unless one text is longer: from about 256 on, products of matrices
 * gain no more, and hidden states of more than 1024 tokens fall out of the caches.
 */
const tokensAtOnce = 512;

/**
 * Groups rows of token ids, by index, in batches of rows of equal length, longest first: no padding, and
 * the last ones, which threads wait for, are small.
 * @param together false: each row is a batch of its own
 */
export function groupIntoBatches(rows: readonly (readonly number[])[], together: boolean) {
  const length = (index: number) => rows[index]?.length ?? 0;
  const order = rows.map((_, index) => index).sort((a, b) => length(b) - length(a) || a - b);
  const batches: number[][] = [];
  for (const index of order) {
    const open = batches.at(-1);
    const tokens = length(index);
    const fits =
      together &&
      open?.[0] !== undefined &&
      tokens > 1 && // one row of one token is a product of vector and matrix, computed in another order
      length(open[0]) === tokens &&
      (open.length + 1) * tokens <= tokensAtOnce;
    if (fits) open.push(index);
    else batches.push([index]);
  }
  return batches;
}

export function joinRows(rows: readonly (readonly number[])[]): Batch {
  return { ids: Int32Array.from(rows.flat()), rows: rows.length };
}

/** A text by whose tokens an encoder is probed. */
export const probeText = "One two three four five six seven eight nine ten eleven.";

/**
 * Whether an encoder gives a text the same bits among others of its length as alone. One that
 * quantises activations for the whole batch does not.
 * @param ids at least twelve token ids of any text
 */
export async function allowsBatches(encoder: Encoder, ids: readonly number[]): Promise<boolean> {
  for (const length of [2, 9]) {
    const rows = [0, 1, 2, 3].map((from) => ids.slice(from, from + length));
    const together = await encoder.encode(joinRows(rows));
    for (const [i, row] of rows.entries()) {
      const alone = await encoder.encode(joinRows([row]));
      if (alone.some((value, j) => value !== together[i * encoder.dimensions + j])) return false;
    }
  }
  return true;
}

/** Text -> the ids to encode, how many tokens there were before truncation, and whether it took some of an option. */
export type ToTokens = (text: EmbedText) => { ids: number[]; tokens: number; cutsOption: boolean };

export interface TextEncoding extends Pick<Embed, "id" | "hash" | "maxLength" | "reading"> {
  toTokens: ToTokens;
  /** May be given batches without waiting for those before. */
  encoder: Encoder;
  /** Whether texts of one length may share a batch. */
  together: boolean;
}

/** Creates an `Embed`: texts -> tokens -> batches -> vectors, in the texts' order. */
export function createEmbed(encoding: TextEncoding): Embed {
  const { toTokens, encoder, together, ...named } = encoding;
  const { dimensions } = encoder;
  return {
    ...named,
    dimensions,
    async embed(texts, progress) {
      const rows = texts.map(toTokens);
      const ids = rows.map((row) => row.ids);
      const vectors = new Float32Array(texts.length * dimensions);
      let done = 0;
      const encode = async (indices: number[]) => {
        const encoded = await encoder.encode(joinRows(indices.map((index) => ids[index] ?? [])));
        for (const [i, index] of indices.entries())
          vectors.set(encoded.subarray(i * dimensions, (i + 1) * dimensions), index * dimensions);
        done += indices.length;
        progress?.(done, texts.length);
      };
      await Promise.all(groupIntoBatches(ids, together).map(encode));
      return rows.map(({ ids, tokens }, index) => ({
        vector: vectors.slice(index * dimensions, (index + 1) * dimensions),
        tokens,
        kept: ids.length,
      }));
    },
    cutsOption: (text) => toTokens(text).cutsOption,
    dispose: () => encoder.dispose(),
  };
}
