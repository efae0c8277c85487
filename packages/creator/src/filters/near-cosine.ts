import { closeSync, openSync, readSync, rmSync } from "node:fs";
import { ExpectedError, toMessage } from "@seedling/core/internal";
import { appendWhole } from "../llm/append-whole.ts";
import { openNumberList } from "../llm/number-list.ts";
import { toCosine } from "./aligned.ts";
import { openCandidates } from "./candidates.ts";
import type { EmbedOne } from "./embed-one.ts";
import { type Close, isCloser, type Near } from "./near.ts";
import { withMemory } from "./remember.ts";
import {
  openSignSketch,
  signBits,
  signWords,
  type ToSketch,
  toMostDiffering,
} from "./sign-sketch.ts";

/** Memory of near duplicates whose vectors are in a file. */
export interface NearByCosine extends Near {
  /** Removes the file. */
  close: () => void;
}

/** Bits that number a bucket: half a word of the sketch. */
const bucketBits = 16;

/**
 * Opens a memory of questions by the cosine of their vectors: slices of a sketch by random
 * hyperplanes find candidates, also in the buckets one or two bits away, and their vectors are read
 * back and compared. Nothing found is false; what is just as close as `cosine` is found with 0.97
 * (from 0.71 on; below with less). At 0.9: 10 slices, 76 bytes an example.
 * @param cosine from which two questions are too close
 * @param path where vectors are kept until it is closed
 */
export function openNearByCosine({
  cosine,
  embedOne,
  path,
}: {
  cosine: number;
  embedOne: EmbedOne;
  path: string;
}): NearByCosine {
  const { bands, flips } = toProbes(cosine);
  const differing = toMostDiffering(cosine);
  const candidates = openCandidates({ bands, words: signWords, differing, flips });
  const lines = openNumberList();
  const vectors = openVectors(path);
  let toSketch: ToSketch | null = null;

  const toTraits = withMemory(async (question: string) => {
    const vector = await embedOne(question);
    toSketch ??= openSignSketch(vector.length);
    const sketch = toSketch(vector);
    return { vector, sketch, buckets: toBuckets(sketch, bands) };
  }, 1);

  return {
    async find({ question }) {
      const { vector, sketch, buckets } = await toTraits(question);
      let closest: Close | null = null;
      for (const one of candidates.find(buckets, sketch)) {
        const similarity = toCosine(vector, vectors.read(one, vector.length));
        const close: Close = { line: lines.get(one), similarity, field: "question" };
        if (similarity >= cosine && isCloser(close, closest)) closest = close;
      }
      return closest;
    },
    async add({ question }, line) {
      const { vector, sketch, buckets } = await toTraits(question);
      vectors.append(vector);
      candidates.add(buckets, sketch);
      lines.push(line);
    },
    close: vectors.close,
  };
}

/** Two memories as one: what the first finds, else what the second does. */
export function combineNear(first: Near, second: Near): Near {
  return {
    find: async (example) => (await first.find(example)) ?? second.find(example),
    async add(example, line) {
      await first.add(example, line);
      await second.add(example, line);
    },
  };
}

/**
 * How many slices, and which bits to flip in each: none or one where 16 slices suffice, else also two.
 */
export function toProbes(cosine: number): { bands: number; flips: number[] } {
  const same = 1 - Math.acos(cosine) / Math.PI;
  const ones = Array.from({ length: bucketBits }, (_, bit) => 1 << bit);
  const twos = ones.flatMap((one, i) => ones.slice(i + 1).map((other) => one | other));
  const mostBands = signBits / bucketBits;
  const near = same ** bucketBits + ones.length * same ** (bucketBits - 1) * (1 - same);
  const nearer = near + twos.length * same ** (bucketBits - 2) * (1 - same) ** 2;
  const toBands = (odds: number) => Math.max(1, Math.ceil(Math.log(0.03) / Math.log1p(-odds)));
  return toBands(near) <= mostBands
    ? { bands: toBands(near), flips: [0, ...ones] }
    : { bands: Math.min(mostBands, toBands(nearer)), flips: [0, ...ones, ...twos] };
}

/** The slices of a sketch. */
function toBuckets(sketch: Uint32Array, bands: number): number[] {
  return Array.from(
    { length: bands },
    (_, band) => ((sketch[band >>> 1] as number) >>> ((band & 1) * bucketBits)) & 0xffff,
  );
}

/** Vectors of one length in a file. */
function openVectors(path: string) {
  const write = <T>(to: () => T): T => {
    try {
      return to();
    } catch (error) {
      throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
    }
  };
  const file = write(() => openSync(path, "w+"));
  let end = 0;
  return {
    append(vector: Float32Array) {
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      write(() => appendWhole(file, bytes, end));
      end += bytes.length;
    },
    read(place: number, dimensions: number): Float32Array {
      const vector = new Float32Array(dimensions);
      readSync(file, vector, 0, vector.byteLength, place * vector.byteLength);
      return vector;
    },
    close() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}
