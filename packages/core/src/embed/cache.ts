import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Embed, Embedding } from "./embed.ts";
import { openVectorFile } from "./vector-file.ts";

/**
 * An Embed that keeps its vectors on disk by content, one file for each Embed id, and encodes only
 * what it has not seen. Each vector is written as soon as it is known: a kill loses nothing.
 * @param dir the folder of these files, made if need be
 * @throws ExpectedError if the file cannot be used
 */
export async function withCache(embed: Embed, dir: string): Promise<Embed> {
  const { id, dimensions, maxLength } = embed;
  const header = JSON.stringify({ format: "seedling-vectors-1", id, dimensions });
  const path = join(dir, `${id.replace(/[^\w.-]+/g, "_")}.vectors`);
  const file = await openVectorFile(path, header, dimensions);

  async function embedOne(text: string): Promise<Embedding> {
    const key = createHash("sha256").update(text).digest("hex").slice(0, 32);
    const known = await file.read(key);
    if (known) return known;
    const [embedding] = await embed.embed([text]);
    if (!embedding) throw new Error(`${id} gave no vector`);
    await file.append(key, embedding);
    return embedding;
  }

  return {
    id,
    dimensions,
    maxLength,
    async embed(texts, progress) {
      const seen = new Map<string, Embedding>();
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        const embedding = seen.get(text) ?? (await embedOne(text));
        seen.set(text, embedding);
        embeddings.push(embedding);
        progress?.(embeddings.length, texts.length);
      }
      return embeddings;
    },
    async dispose() {
      await file.close();
      await embed.dispose();
    },
  };
}
