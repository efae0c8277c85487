import { type Embed, openEmbed } from "@seedling/core";
import type { Surroundings } from "./references.ts";

/** Cosines between questions. The encoder is loaded when first asked. */
export interface Similarity {
  similarities: Surroundings["similarities"];
  close: () => Promise<void>;
}

/** Opens the measure that `diverse` and `similar` choose by. */
export function openSimilarity(options: Parameters<typeof openEmbed>[0]): Similarity {
  let opened: Promise<Embed> | null = null;
  return {
    async similarities(question, others) {
      opened ??= openEmbed(options);
      const embedded = await (await opened).embed([question, ...others]);
      const [first, ...rest] = embedded.map(({ vector }) => vector);
      return rest.map((vector) => dot(first as Float32Array, vector));
    },
    async close() {
      await (await opened)?.dispose();
    },
  };
}

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
}
