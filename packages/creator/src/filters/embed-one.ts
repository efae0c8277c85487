import type { Embed } from "@seedling/core/internal";
import { withMemory } from "./remember.ts";

/** A text -> its unit vector. */
export type EmbedOne = (text: string) => Promise<Float32Array>;

/**
 * Encodes one text at a time, so that bytes repeat. It remembers its latest texts: all that measure
 * by cosine share one, and none is encoded twice.
 */
export function toEmbedOne({ embed }: Pick<Embed, "embed">): EmbedOne {
  return withMemory(async (text: string) => {
    const [embedding] = await embed([text]);
    if (!embedding) throw new Error("the encoder gave no vector");
    return embedding.vector;
  }, 64);
}
