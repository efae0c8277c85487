import { join } from "node:path";
import { z } from "zod";
import { hashValue, writeAtomic } from "../logs/files.ts";
import { parseJsonFile } from "../logs/json.ts";
import { readInside } from "../logs/open-inside.ts";
import { tryFile } from "../messages/errors.ts";
import type { Embed } from "./encoder.ts";
import { toText } from "./truncate.ts";
import { createWordVectors, listWords } from "./word-vectors.ts";

/**
 * The encoder that knows words alone: tf-idf vectors of the words of what is trained on. With a linear head it is the
 * baseline that everything else has to beat.
 */
export const bagOfWords = "bag-of-words";

/** Words that a vocabulary holds at most: those in the most texts. */
const mostWords = 4096;

/** Its file in a classifier's folder. */
export const vocabularyFile = "vocabulary.json";

const vocabularySchema = z
  .object({
    /** In the order of a vector's numbers. */
    words: z.array(z.string().min(1)).min(1),
    /** log((1 + n) / (1 + texts with the word)) + 1, n being all texts: scikit-learn's smoothed idf. */
    idf: z.array(z.number().positive()),
  })
  .refine(({ words, idf }) => words.length === idf.length, "expected an idf for each word");

type Vocabulary = z.infer<typeof vocabularySchema>;

/**
 * Learns the vocabulary of texts: the words in the most of them, of equals by the alphabet. Texts without any word
 * give a vocabulary of one that stands for none.
 */
export function learnVocabulary(texts: readonly string[], most = mostWords): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of new Set(listWords(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byAlphabet = (a: string, b: string) => (a < b ? -1 : 1);
  const words = [...counts.keys()]
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || byAlphabet(a, b))
    .slice(0, most)
    .sort(byAlphabet);
  const weigh = (word: string) => Math.log((1 + texts.length) / (1 + (counts.get(word) ?? 0))) + 1;
  return words.length > 0 ? { words, idf: words.map(weigh) } : { words: [" "], idf: [1] };
}

/** Creates the encoder of a vocabulary: how often each word stands in a text, times its idf, at length 1. */
export function createBagOfWords(vocabulary: Vocabulary): Embed {
  const { words } = vocabulary;
  const hash = hashValue(vocabulary).slice(0, 12);
  const toVector = createWordVectors(vocabulary);
  return {
    id: `${bagOfWords}-1/${hash}`,
    hash,
    dimensions: words.length,
    maxLength: Number.MAX_SAFE_INTEGER,
    async embed(texts, progress) {
      const embeddings = texts.map((text) => {
        const { vector, count } = toVector(toText(text));
        return { vector, tokens: count, kept: count };
      });
      progress?.(texts.length, texts.length);
      return embeddings;
    },
    cutsOption: () => false,
    async saveBeside(folder) {
      writeAtomic(join(folder, vocabularyFile), `${JSON.stringify(vocabulary)}\n`);
    },
    async dispose() {},
  };
}

/** Opens the encoder that a classifier's folder holds. @throws ExpectedError naming the file, if it is missing or damaged */
export function openBagOfWords(folder: string): Embed {
  return createBagOfWords(readVocabulary(folder));
}

/** Reads the vocabulary in a classifier's folder. @throws ExpectedError naming the file, if it is missing or damaged */
export function readVocabulary(folder: string): Vocabulary {
  const path = join(folder, vocabularyFile);
  const bytes = tryFile("read", path, () => readInside(path));
  return parseJsonFile(bytes, path, vocabularySchema, "a vocabulary");
}
