import { join } from "node:path";
import { sha256 } from "../logs/files.ts";
import type { Embed, Embedding } from "./encoder.ts";
import { openVectorFolder } from "./vector-folder.ts";

/** The most in one part: a kill loses two parts at worst, some seconds of work. */
const most = { texts: 512, characters: 1 << 16 };

/** Parts at once: one is tokenized while the other is encoded. */
const partsAtOnce = 2;

/**
 * An Embed that encodes each different text once, and keeps its vector on disk. What is missing is encoded
 * in parts of texts of about one length, so that small parts fill batches too; long ones first.
 * @param dir holds a folder for each Embed id; null: nothing is kept
 * @throws ExpectedError if the folder cannot be used
 */
export function withCache(embed: Embed, dir: string | null): Embed {
  const { id, dimensions } = embed;
  const name = `${id.replace(/[^\w.-]+/g, "_")}-${sha256(id).slice(0, 8)}.vectors-3`;
  const kept = dir === null ? null : openVectorFolder(join(dir, name), dimensions);
  return {
    ...embed,
    async embed(texts, progress) {
      const embeddings = new Map<string, Embedding | null>();
      for (const text of texts)
        if (!embeddings.has(text)) embeddings.set(text, kept?.read(text) ?? null);
      const missing = [...embeddings.keys()].filter((text) => embeddings.get(text) === null);
      const parts = divide(missing.sort((a, b) => b.length - a.length)).values();
      let done = texts.length - missing.length;
      const takeParts = async () => {
        for (const part of parts) {
          let counted = 0;
          const count = (n: number) => {
            done += n - counted;
            counted = n;
            progress?.(done, texts.length);
          };
          const encoded = await embed.embed(part, count);
          kept?.append(part, encoded);
          for (const [i, text] of part.entries()) embeddings.set(text, encoded[i] ?? null);
          count(part.length);
        }
      };
      await Promise.all(Array.from({ length: partsAtOnce }, takeParts));
      return texts.map((text) => embeddings.get(text) as Embedding);
    },
    async dispose() {
      kept?.close();
      await embed.dispose();
    },
  };
}

function divide(texts: readonly string[]): string[][] {
  const parts: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const part = parts.at(-1);
    if (part && part.length < most.texts && characters < most.characters) part.push(text);
    else {
      parts.push([text]);
      characters = 0;
    }
    characters += text.length;
  }
  return parts;
}
