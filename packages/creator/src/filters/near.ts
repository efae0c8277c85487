import { type Example, hashShingles, jaccard } from "@seedling/core/internal";
import { openNumberList } from "../llm/number-list.ts";
import { openCandidates } from "./candidates.ts";
import { hashFunctions, sketchWords, toMinHash } from "./min-hash.ts";
import { withMemory } from "./remember.ts";

/** A kept example that another is too close to. */
export interface Close {
  /** In `created.jsonl`, from 0. */
  line: number;
  /** Of the two questions, from 0 to 1. */
  similarity: number;
  field: "question";
}

/** Memory of near duplicates. */
export interface Near {
  /** The closest kept example that is too close; of equally close ones the earliest. */
  find: (example: Example) => Close | null | Promise<Close | null>;
  add: (example: Example, line: number) => void | Promise<void>;
}

/**
 * Opens a memory of questions by their common letter 5-grams: MinHash in bands (Broder 1997; Indyk
 * and Motwani 1998) finds candidates, whose questions are read back and compared exactly. Nothing
 * found is false; what is just as close as `overlap` is found with 0.97, what is closer more often.
 * At 0.7: 20 bands of 5, 100 bytes an example.
 * @param overlap the share of common 5-grams from which two questions are too close
 */
export function openNear({
  overlap,
  read,
}: {
  overlap: number;
  read: (line: number) => Example;
}): Near {
  const { bands, rows } = toBands(overlap);
  const candidates = openCandidates({
    bands,
    words: sketchWords,
    differing: toMostDiffering(overlap),
    flips: [0],
  });
  const lines = openNumberList();

  const toTraits = withMemory((question: string) => {
    const shingles = hashShingles(question);
    return { shingles, ...toMinHash(shingles, { bands, rows }) };
  }, 1);
  const readShingles = withMemory((line: number) => hashShingles(read(line).question), 2048);

  return {
    find({ question }) {
      const { shingles, buckets, sketch } = toTraits(question);
      let closest: Close | null = null;
      for (const one of candidates.find(buckets, sketch)) {
        const line = lines.get(one);
        const similarity = jaccard(shingles, readShingles(line));
        const close: Close = { line, similarity, field: "question" };
        if (similarity >= overlap && isCloser(close, closest)) closest = close;
      }
      return closest;
    },
    add({ question }, line) {
      const { buckets, sketch } = toTraits(question);
      candidates.add(buckets, sketch);
      lines.push(line);
    },
  };
}

/** Whether one is closer than another, or as close and earlier. */
export function isCloser(one: Close, other: Close | null): boolean {
  if (!other || one.similarity !== other.similarity)
    return one.similarity > (other?.similarity ?? -1);
  return one.line < other.line;
}

/** The memory that a band takes sets a limit to their number. */
const mostBands = 32;

/**
 * The longest rows, since these let the fewest by that are not close, of which enough bands fit that
 * a pair as close as `overlap` shares one with 0.97. Below 0.11 there are too few bands for that.
 */
export function toBands(overlap: number): { bands: number; rows: number } {
  for (let rows = hashFunctions; rows > 1; rows--) {
    const bands = Math.max(1, Math.ceil(Math.log(0.03) / Math.log1p(-(overlap ** rows))));
    if (bands <= mostBands && bands * rows <= hashFunctions) return { bands, rows };
  }
  return { bands: mostBands, rows: 1 };
}

/** Bits in which the sketches of a pair as close as `overlap` differ, and three deviations more. */
function toMostDiffering(overlap: number): number {
  const share = (1 - overlap) / 2;
  const deviation = Math.sqrt(hashFunctions * share * (1 - share));
  return Math.floor(hashFunctions * share + 3 * deviation);
}
