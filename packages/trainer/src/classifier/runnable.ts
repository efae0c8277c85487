import { join } from "node:path";
import {
  bagOfWords,
  createBagOfWords,
  type Dtype,
  ExpectedError,
  type FramePart,
  isBuiltIn,
  mostBytes,
  openTokenizer,
  readFollowed,
  readUseLiteGraph,
  readUseLiteVocabulary,
  readVocabulary,
  useLite,
  useLiteTokens,
  vocabularyFile,
} from "@seedling/core/internal";
import { checkpointFiles } from "../checkpoint/checkpoint.ts";
import type { Features } from "../data/example-texts.ts";
import type { Input } from "../data/examples.ts";
import { listNumbers } from "../head/head.ts";
import { joinModel } from "../onnx/graph.ts";
import { readGraphs } from "./export-onnx.ts";
import { type HeadFacts, readWholeFacts, type TunedFacts } from "./facts.ts";
import { readHead } from "./head-classifier.ts";
import { checkEncoder, type LoadOptions } from "./load-classifier.ts";

/** A classifier as files and plain data, of which a page makes predictions without this package. */
export type RunnableClassifier = Awaited<ReturnType<typeof readRunnable>>;

/** What every such classifier says of itself. */
export interface RunnableFacts {
  classes: readonly string[] | null;
  input: Input;
  /** What a head on a frozen encoder reads; null: the encoder was tuned, and reads pairs. */
  features: Features | null;
  /** Tokens that a text is truncated to; null: it is read whole. */
  maxLength: number | null;
}

/** How texts become the inputs of its graph. */
export interface GraphReading {
  prompt: string;
  lowerCase: boolean;
  single: readonly FramePart[];
  pair: readonly FramePart[] | null;
}

/** A head whose numbers are one file, in the order of `listNumbers`; what its scores are divided by. */
export type HeadShape = HeadFacts["head"] & { temperature: number };

/**
 * Reads a classifier as files and plain data: an ONNX graph with its tokenizer, its weights in 12 bits where it
 * computes in floats, or a head with USE-lite's graph or a vocabulary. Equal classifiers give equal bytes.
 * @throws ExpectedError if a file is missing or damaged, or the encoder is gone or none that can be exported
 */
export async function readRunnable(folder: string, options: LoadOptions = {}) {
  const facts = readWholeFacts(folder);
  if (facts.tune === "head" && isBuiltIn(facts.encoder) && options.encoder !== undefined)
    throw new ExpectedError(
      `${folder}: expected no --encoder (from code: encoder): its encoder, ${facts.encoder}, comes with the program`,
    );
  if (facts.tune === "head" && facts.encoder === bagOfWords) return readWords(folder, facts);
  if (facts.tune === "head" && facts.encoder === useLite) return readUseLite(folder, facts);
  return readGraph(folder, facts, options);
}

async function readGraph(folder: string, facts: HeadFacts | TunedFacts, options: LoadOptions) {
  const source = await readGraphs(folder, facts, options);
  const dtype: Dtype = source.graphs.fp32 ? "fp32" : "q8";
  const encode = source.graphs[dtype] as NonNullable<typeof source.graphs.q8>;
  const tokenizer = await openTokenizer(source.folder);
  const read = (name: string) => readFollowed(join(source.folder, name), mostBytes.json);
  const reading: GraphReading = {
    prompt: source.prompt,
    lowerCase: source.lowerCase,
    ...tokenizer.readFrames(),
  };
  return {
    engine: "onnx" as const,
    facts: describe(facts, source.maxLength),
    /** How it computes: in floats, with weights in 12 bits; or in 8 bits, as in training. */
    dtype,
    reading,
    files: {
      graph: joinModel(folder, encode(dtype === "fp32")),
      tokenizer: read(checkpointFiles.tokenizer),
      tokenizerConfig: read(checkpointFiles.tokenizerConfig),
    },
  };
}

async function readUseLite(folder: string, facts: HeadFacts) {
  const { json, weights } = await readUseLiteGraph();
  return {
    engine: "use-lite" as const,
    facts: describe(facts, Math.min(facts.maxLength, useLiteTokens)),
    ...(await readHeadFile(folder, facts, {
      graph: Buffer.from(JSON.stringify(json)),
      weights,
      vocabulary: await readUseLiteVocabulary(),
    })),
  };
}

async function readWords(folder: string, facts: HeadFacts) {
  const vocabulary = readVocabulary(folder);
  const embed = createBagOfWords(vocabulary);
  checkEncoder(folder, facts, join(folder, vocabularyFile), embed, false);
  return {
    engine: "bag-of-words" as const,
    facts: describe(facts, null),
    ...(await readHeadFile(folder, facts, {
      vocabulary: Buffer.from(JSON.stringify(vocabulary)),
    })),
  };
}

async function readHeadFile<Files>(folder: string, facts: HeadFacts, files: Files) {
  const head: HeadShape = { ...facts.head, temperature: facts.temperature ?? 1 };
  const numbers = listNumbers(await readHead(folder, facts)).map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return { head, files: { ...files, head: Buffer.concat(numbers) } };
}

function describe(facts: HeadFacts | TunedFacts, maxLength: number | null): RunnableFacts {
  const { classes, input } = facts;
  return { classes, input, features: facts.tune === "full" ? null : facts.features, maxLength };
}
