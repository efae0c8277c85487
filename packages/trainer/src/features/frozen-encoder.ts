import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  type Backend,
  type Dtype,
  type Embed,
  type Embedding,
  type EmbedOptions,
  type EmbedText,
  type Env,
  ExpectedError,
  findDtype,
  type ModelSource,
  openBackend,
  openEmbed,
  projectFolders,
  toUnit,
} from "@seedling/core/internal";
import { hashCheckpoint } from "../checkpoint/encoder-hash.ts";
import { fetchCheckpoint } from "../checkpoint/fetch-checkpoint.ts";
import { encode } from "../encoder/encoder.ts";
import { averageTokens } from "../encoder/encoder-head.ts";
import { createOps } from "../encoder/ops.ts";
import { disposePacked, packSequences, type TokenSequence } from "../encoder/packed.ts";
import { openEncoder } from "../encoder/parameters.ts";

/** Which frozen encoder, as flags and classifiers name it. */
export interface FrozenEncoder extends Pick<EmbedOptions, "encoder" | "maxLength"> {
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
  return encoder === "use-lite" || runtime === "tfjs" ? null : findDtype(encoder, dtype);
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
  { encoder, maxLength, runtime, dtype }: FrozenEncoder,
  options: ModelOptions,
): Promise<Embed> {
  if (encoder === "use-lite" && runtime === "tfjs")
    throw new ExpectedError(
      `encoder ${encoder}: expected runtime onnx, got tfjs: it has a runtime of its own`,
    );
  const { cache: modelsDir = projectFolders.models, vectorCache: cacheDir = null } = options;
  const { log = () => {}, fetch = globalThis.fetch, env = {} } = options;
  const backend = async () => options.backend ?? openBackend();
  const source = { encoder, modelsDir, log, fetch, env };
  const open = async () => openOwnEncoder(source, maxLength, await backend());
  const opened = { ...(runtime === "tfjs" && { open }), ...source, cacheDir, backend };
  return openEmbed({ maxLength, dtype, ...opened });
}

/**
 * Opens one of our own encoders, frozen: a vector is the mean of its last hidden states, at unit length. It
 * encodes one text at a time: in a batch the last digits of a matrix product depend on the other rows.
 */
async function openOwnEncoder(
  source: ModelSource,
  maxLength: number,
  backend: Backend,
): Promise<Embed> {
  const ops = createOps(backend);
  const { tf } = ops;
  const folder = await fetchCheckpoint(source);
  const { config, tokenizer, held } = await openEncoder(folder, ops);
  const longest = Math.min(maxLength, config.maxPositions);

  async function toVector(sequence: TokenSequence): Promise<Float32Array> {
    const batch = packSequences(tf, [sequence]);
    const net = { ops, weights: held.weights };
    const options = { config, batch, seed: null, freeze: config.layers, recompute: false };
    const mean = tf.tidy(() => averageTokens(ops, batch)(encode(net, options).y).y);
    const vector = Float32Array.from(await mean.data<"float32">());
    mean.dispose();
    disposePacked(tf, batch);
    return toUnit(vector);
  }

  const hash = await hashCheckpoint(folder);
  const tokenize = (text: EmbedText) => tokenizer.encode(text, null, longest);
  return {
    id: `${basename(source.encoder)}-tfjs-1/${longest}/${hash}/${backend.name}-${backend.device}`,
    hash,
    dimensions: config.hidden,
    maxLength: longest,
    async embed(texts, progress) {
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        const { ids, typeIds, tokens } = tokenize(text);
        const vector = await toVector({ ids, typeIds });
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
