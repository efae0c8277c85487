import type { Embed, Embedding } from "./embed.ts";

/** Some of many texts, embedded. */
export interface Slice {
  /** The place of its first text. */
  from: number;
  embeddings: Embedding[];
}

/**
 * Embeds any number of texts and holds one slice of them at a time. With a cache, going through
 * them again reads the vectors from disk.
 * @param size texts in a slice; larger ones fill batches better
 */
export async function* embedInSlices(
  embed: Pick<Embed, "embed">,
  texts: Iterable<string> | AsyncIterable<string>,
  size = 8192,
): AsyncGenerator<Slice> {
  let from = 0;
  let slice: string[] = [];
  for await (const text of texts) {
    slice.push(text);
    if (slice.length < size) continue;
    yield { from, embeddings: await embed.embed(slice) };
    from += slice.length;
    slice = [];
  }
  if (slice.length > 0) yield { from, embeddings: await embed.embed(slice) };
}
