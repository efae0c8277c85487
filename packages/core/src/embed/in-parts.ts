import type { Embed, Embedding } from "./embed.ts";

/** The most in one part: a kill loses two parts at worst, some seconds of work. */
const most = { texts: 512, characters: 1 << 16 };

/** Parts at once: one is tokenized while the other is encoded. */
const partsAtOnce = 2;

/**
 * An Embed that gives each different text once, in parts of texts of about one length, so that
 * small parts fill batches too; long ones first.
 */
export function inParts(embed: Embed): Embed {
  return {
    ...embed,
    async embed(texts, progress) {
      const groups = groupEqual(texts);
      const embeddings: Embedding[] = new Array(texts.length);
      let next = 0;
      let done = 0;
      const takeParts = async () => {
        while (next < groups.length) {
          const part = groups.slice(next, findEnd(texts, groups, next));
          next += part.length;
          const size = part.reduce((sum, indices) => sum + indices.length, 0);
          let counted = 0;
          const count = (fraction: number) => {
            done += Math.floor(fraction * size) - counted;
            counted = Math.floor(fraction * size);
            progress?.(done, texts.length);
          };
          const own = await embed.embed(
            part.map(([index = 0]) => texts[index] ?? ""),
            (done, total) => done < total && count(done / total),
          );
          for (const [i, embedding] of own.entries())
            for (const index of part[i] ?? []) embeddings[index] = embedding;
          count(1);
        }
      };
      await Promise.all(Array.from({ length: partsAtOnce }, takeParts));
      return embeddings;
    },
  };
}

/** Finds the end of the part that begins with a group: it has one at least. */
function findEnd(texts: readonly string[], groups: readonly number[][], from: number): number {
  let end = from;
  let characters = 0;
  do characters += texts[groups[end++]?.[0] ?? 0]?.length ?? 0;
  while (end < groups.length && end - from < most.texts && characters < most.characters);
  return end;
}

/** The indices of each different text, by falling length. */
function groupEqual(texts: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, text] of texts.entries()) {
    const group = groups.get(text);
    if (group) group.push(index);
    else groups.set(text, [index]);
  }
  return [...groups].sort(([a], [b]) => b.length - a.length).map(([, indices]) => indices);
}
