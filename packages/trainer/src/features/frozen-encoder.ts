import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  type Backend,
  countDimensions,
  createRecipe,
  type Dtype,
  type Embed,
  type Embedding,
  type EmbedText,
  type Env,
  ExpectedError,
  encoderReadingSchema,
  findDtype,
  hashReading,
  isBuiltIn,
  type ModelSource,
  openBackend,
  openEmbed,
  prepareText,
  projectFolders,
  type ReadingOptions,
  renderReading,
  resolveReading,
  toUnit,
  toVector,
} from "@seedling/core/internal";
import { hashCheckpoint, lacksGraph } from "../checkpoint/encoder-hash.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { encode } from "../encoder/encoder.ts";
import { averageTokens } from "../encoder/encoder-head.ts";
import { createOps } from "../encoder/ops.ts";
import { disposePacked, packSequences, type TokenSequence } from "../encoder/packed.ts";
import { openEncoder } from "../encoder/parameters.ts";
import { withQuantizedGraph } from "./quantized-encoder.ts";

/** Which frozen encoder, as flags and classifiers name it. */
export interface FrozenEncoder extends ReadingOptions {
  /** use-lite, an absolute folder or a hub id. */
  encoder: string;
  /** What runs it: transformers.js (and use-lite), or our own encoders on the backend. */
  runtime: "onnx" | "tfjs";
  /** Number type of onnx weights; null: the first that there is. */
  dtype: Dtype | null;
}

/**
 * Finds the number type of a frozen encoder's weights on this machine.
 * @returns null if it has none to choose from: use-lite, and our own encoders
 * @throws ExpectedError if it is a folder without such weights
 */
export async function findWeightsDtype(named: Omit<FrozenEncoder, "maxLength">) {
  const { encoder, runtime, dtype } = named;
  if (isBuiltIn(encoder) || runtime === "tfjs") return null;
  return lacksGraph(named) ? dtype : findDtype(encoder, dtype);
}

/** Where models come from and what they run on; whatever is left out is this machine's. */
export interface ModelOptions {
  /** Folder of downloaded models; left out: the project's, or the user's cache folder. */
  cache?: string;
  /** Folder of texts' vectors, kept from call to call; null or left out: none are kept. */
  vectorCache?: string | null;
  /** What tensors are computed on; left out: the best that loads. */
  backend?: Backend;
  /** Is called with a line for each quarter of a download, and with other progress. */
  log?: (line: string) => void;
  /** For downloads from the hub. */
  fetch?: typeof fetch;
  /** HF_ENDPOINT names another hub, HF_TOKEN opens closed models; left out: neither. */
  env?: Env;
}

/**
 * Opens a frozen encoder.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openFrozenEncoder(
  { encoder, runtime, dtype, maxLength, prompt, reading }: FrozenEncoder,
  options: ModelOptions,
): Promise<Embed> {
  if (encoder === "use-lite" && runtime === "tfjs")
    throw new ExpectedError(
      `encoder ${encoder}: expected runtime onnx, got tfjs: it has a runtime of its own`,
    );
  const { cache: modelsDir = projectFolders.models, vectorCache: cacheDir = null } = options;
  const { log = () => {}, fetch = globalThis.fetch, env = {} } = options;
  const backend = async () => options.backend ?? openBackend();
  const given = { encoder, modelsDir, log, fetch, env };
  const source = await withQuantizedGraph(given, { runtime, dtype });
  const asked = { maxLength, prompt, reading };
  const open = async () => openOwnEncoder(source, asked, await backend());
  const opened = { ...(runtime === "tfjs" && { open }), ...source, cacheDir, backend };
  return openEmbed({ ...asked, dtype, ...opened });
}

/**
 * Opens one of our own encoders, frozen. It encodes one text at a time: in a batch the last digits of a matrix
 * product depend on the other rows.
 */
async function openOwnEncoder(
  source: ModelSource,
  options: ReadingOptions,
  backend: Backend,
): Promise<Embed> {
  const ops = createOps(backend);
  const { tf } = ops;
  const model = await fetchCheckpoint(source);
  const own = resolveReading(model, options);
  const { config, tokenizer, held } = await openEncoder(own.declared.folder, ops);
  const maxLength = Math.min(own.maxLength, config.maxPositions);
  const reading = { ...own, maxLength };
  const encodePrompt = (text: string) => tokenizer.encode(text, null, Number.POSITIVE_INFINITY).ids;
  const recipe = await createRecipe(model, reading, encodePrompt);
  // A mean alone is computed where the hidden states are: its bits are those of earlier versions.
  const isMean = recipe.pooling === "mean" && recipe.dense.length + recipe.skipped === 0;
  source.log(renderReading(source.encoder, reading, options));

  async function encodeTokens(sequence: TokenSequence): Promise<Float32Array> {
    const batch = packSequences(tf, [sequence]);
    const net = { ops, weights: held.weights };
    const settings = { config, batch, seed: null, freeze: config.layers, recompute: false };
    const output = tf.tidy(() => {
      const { y } = encode(net, settings);
      return isMean ? averageTokens(ops, batch)(y).y : y;
    });
    const values = Float32Array.from(await output.data<"float32">());
    output.dispose();
    disposePacked(tf, batch);
    return isMean ? toUnit(values) : toVector(values, config.hidden, recipe);
  }

  const hash = await hashCheckpoint(model, true);
  const id = `${basename(source.encoder)}-tfjs-1/${maxLength}/${hash}/${backend.name}-${backend.device}`;
  const tokenize = (text: EmbedText) =>
    tokenizer.encode(prepareText(text, reading), null, maxLength);
  return {
    id: [id, hashReading(reading)].filter(Boolean).join("/"),
    hash,
    reading: encoderReadingSchema.parse(reading),
    dimensions: countDimensions(recipe, config.hidden),
    maxLength,
    async embed(texts, progress) {
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        const { ids, typeIds, tokens } = tokenize(text);
        const vector = await encodeTokens({ ids, typeIds });
        embeddings.push({ vector, tokens, kept: ids.length });
        progress?.(embeddings.length, texts.length);
        await setImmediate();
      }
      return embeddings;
    },
    cutsOption: (text) => tokenize(text).cutsOption,
    async dispose() {
      held.dispose();
    },
  };
}
