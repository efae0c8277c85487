import { isSameTogether, toBatch, toBatches } from "./batches.ts";
import type { Embed } from "./embed.ts";
import type { Encoder } from "./encoder.ts";

/** Text -> the ids to encode, and how many tokens there were before cutting. */
export type ToTokens = (text: string) => { ids: number[]; tokens: number };

/** An `Embed` of a tokenizer and an encoder. */
export interface Encoding {
  id: string;
  maxLength: number;
  toTokens: ToTokens;
  /** May be given batches without waiting for those before. */
  encoder: Encoder;
  /** Whether texts of one length may share a batch. */
  together: boolean;
}

/** Texts -> tokens -> batches -> vectors, in the texts' order. */
export function toEmbed({ id, maxLength, toTokens, encoder, together }: Encoding): Embed {
  const { dimensions } = encoder;
  return {
    id,
    dimensions,
    maxLength,
    async embed(texts, progress) {
      const rows = texts.map(toTokens);
      const ids = rows.map((row) => row.ids);
      const vectors = new Float32Array(texts.length * dimensions);
      let done = 0;
      const encode = async (places: number[]) => {
        const encoded = await encoder.encode(toBatch(places.map((place) => ids[place] ?? [])));
        for (const [i, place] of places.entries())
          vectors.set(encoded.subarray(i * dimensions, (i + 1) * dimensions), place * dimensions);
        done += places.length;
        progress?.(done, texts.length);
      };
      await Promise.all(toBatches(ids, together).map(encode));
      return rows.map(({ ids, tokens }, place) => ({
        vector: vectors.slice(place * dimensions, (place + 1) * dimensions),
        tokens,
        kept: ids.length,
      }));
    },
    dispose: () => encoder.dispose(),
  };
}

/** Whether an encoder, on this machine, lets texts share a batch. */
export function probeTogether(
  encoder: Encoder,
  tokenize: (text: string) => number[],
): Promise<boolean> {
  return isSameTogether(
    encoder,
    tokenize("One two three four five six seven eight nine ten eleven."),
  );
}
