import { type Embed, ExpectedError, findClosest, openEmbed } from "@seedling/core/internal";
import type { TextIndex } from "./checks.ts";

/** Encodes one text into its unit vector. */
export type EmbedOne = (text: string) => Promise<Float32Array>;

/** Texts whose vectors are remembered: what is looked for is often added next. */
const mostRemembered = 64;

/**
 * Creates an encoder of single texts that remembers the latest. It is opened at its first text if not before,
 * and again after a failure; whoever creates it closes it.
 */
export function createTextEncoder(options: Parameters<typeof openEmbed>[0]) {
  let opened: Promise<Embed> | null = null;
  const known = new Map<string, Float32Array>();
  const open = (): Promise<Embed> => {
    opened ??= openEmbed(options);
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  const embedOne = async (text: string): Promise<Float32Array> => {
    const before = known.get(text);
    if (before) return before;
    const [embedding] = await (await open()).embed([text]);
    if (!embedding) throw new Error("the encoder returned no vector");
    if (!embedding.vector.every(Number.isFinite))
      throw new ExpectedError(
        `similarity encoder ${options.encoder}: expected numbers for ${JSON.stringify(text.slice(0, 80))}, got NaN or infinite ones`,
      );
    known.set(text, embedding.vector);
    const [oldest] = known.keys();
    if (known.size > mostRemembered) known.delete(oldest as string);
    return embedding.vector;
  };
  return {
    /** Opens it before there is a text. @throws ExpectedError if it cannot be found, fetched or read */
    open,
    embedOne,
    /** Computes the cosine of each other text with the first one. */
    async similarities(first: string, others: readonly string[]): Promise<number[]> {
      const one = await embedOne(first);
      return Promise.all(others.map(async (other) => computeCosine(one, await embedOne(other))));
    },
    async close() {
      const encoder = await opened?.catch(() => null);
      await encoder?.dispose();
    },
  };
}

/** Computes the cosine of two unit vectors; of equal ones the sum may be a digit above 1. */
export function computeCosine(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return Math.min(1, sum);
}

/** Creates an index of texts from whose vectors' cosine on two are too close: a search compares with all of them. */
export function createCosineIndex(cosine: number, embedOne: EmbedOne): TextIndex {
  const vectors: Float32Array[] = [];
  return {
    async add(text) {
      vectors.push(await embedOne(text));
    },
    async find(text) {
      const vector = await embedOne(text);
      const measure = (index: number) => {
        const other = vectors[index] as Float32Array;
        // Sums in another order differ by far less than that.
        const isFar = sumProducts(vector, other) < cosine - 1e-9;
        return isFar ? -1 : computeCosine(vector, other);
      };
      return findClosest(vectors.keys(), measure, cosine);
    },
  };
}

/** Sums products in four parts, which a processor adds up at once: nearly twice as fast as one by one. */
function sumProducts(one: Float32Array, other: Float32Array): number {
  const { length } = one;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += (one[i] as number) * (other[i] as number);
    b += (one[i + 1] as number) * (other[i + 1] as number);
    c += (one[i + 2] as number) * (other[i + 2] as number);
    d += (one[i + 3] as number) * (other[i + 3] as number);
  }
  for (; i < length; i++) a += (one[i] as number) * (other[i] as number);
  return a + b + c + d;
}
