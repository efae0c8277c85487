import { type Embed, openEmbed } from "@seedling/core/internal";
import { toCosine } from "../filters/aligned.ts";
import type { Surroundings } from "./settings.ts";

/** The encoder of a creation, loaded when it is first asked. */
export interface LazyEmbed extends Pick<Embed, "embed"> {
  close: () => Promise<void>;
}

/** Opens the encoder that `diverse`, `similar` and `--near-cosine` measure by. */
export function openLazyEmbed(options: Parameters<typeof openEmbed>[0]): LazyEmbed {
  let opened: Promise<Embed> | null = null;
  return {
    async embed(texts, onProgress) {
      opened ??= openEmbed(options);
      return (await opened).embed(texts, onProgress);
    },
    async close() {
      await (await opened)?.dispose();
    },
  };
}

/** The cosine of each question with the first one. */
export function toSimilarities({ embed }: Pick<Embed, "embed">): Surroundings["similarities"] {
  return async (question, others) => {
    const embedded = await embed([question, ...others]);
    const [first, ...rest] = embedded.map(({ vector }) => vector);
    return rest.map((vector) => toCosine(first as Float32Array, vector));
  };
}
