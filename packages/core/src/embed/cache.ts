import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Embed } from "./embed.ts";
import { keyBytes, openVectorFile } from "./vector-file.ts";

/**
 * An Embed that keeps its vectors on disk by content, one file for each Embed id, and encodes only
 * what it has not seen. What one call encodes is written when it is done.
 * @param dir the folder of these files, made if need be
 * @throws ExpectedError if the file cannot be used
 */
export async function withCache(embed: Embed, dir: string): Promise<Embed> {
  const { id, dimensions } = embed;
  const header = JSON.stringify({ format: "seedling-vectors-2", id, dimensions });
  const path = join(dir, `${id.replace(/[^\w.-]+/g, "_")}.vectors-2`);
  const file = openVectorFile(path, header, dimensions);
  return {
    ...embed,
    async embed(texts, progress) {
      const keys = texts.map(toKey);
      const known = file.read(keys);
      const missing = texts.flatMap((_, i) => (known[i] ? [] : [i]));
      const from = texts.length - missing.length;
      const encoded = await embed.embed(
        missing.map((i) => texts[i] ?? ""),
        (done) => progress?.(from + done, texts.length),
      );
      file.append(
        missing.map((i) => keys[i] ?? Buffer.alloc(keyBytes)),
        encoded,
      );
      let next = 0;
      return known.map((one) => {
        const embedding = one ?? encoded[next++];
        if (!embedding) throw new Error(`${id} gave too few vectors`);
        return embedding;
      });
    },
    async dispose() {
      file.close();
      await embed.dispose();
    },
  };
}

function toKey(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, keyBytes);
}
