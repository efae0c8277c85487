import { cp } from "node:fs/promises";
import {
  type Backend,
  type Embed,
  type Env,
  ExpectedError,
  openBackend,
  projectFolders,
} from "@seedling/core/internal";
import { createOps } from "../encoder/ops.ts";
import { countFeatures } from "../features/features.ts";
import { type FrozenEncoder, openFrozenEncoder } from "../features/frozen-encoder.ts";
import { countInputs } from "../head/head.ts";
import type { Classifier } from "./classifier.ts";
import { type HeadFacts, readFacts } from "./facts.ts";
import { createHeadClassifier, readHead } from "./head-classifier.ts";
import { loadTunedClassifier } from "./tuned-classifier.ts";

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

/** How a classifier is loaded. */
export interface LoadOptions extends ModelOptions {
  /** Opens the frozen encoder that the classifier names; left out: `openFrozenEncoder` does. */
  openEmbed?: (named: FrozenEncoder) => Promise<Embed>;
}

/**
 * Loads a classifier from the folder that `save`, or a training of `experiment`, wrote. A head's encoder
 * is fetched unless it is on this machine.
 * @returns a classifier, which the caller disposes of
 * @throws ExpectedError if a file is missing or damaged, or the encoder's vectors do not fit
 */
export async function loadClassifier(
  folder: string,
  options: LoadOptions = {},
): Promise<Classifier> {
  const facts = await readFacts(folder);
  const backend = options.backend ?? (await openBackend());
  if (facts.tune === "head") return loadHead(folder, facts, backend, options);
  const save = (to: string) => cp(folder, to, { recursive: true });
  return loadTunedClassifier(folder, facts, createOps(backend), save);
}

async function loadHead(
  folder: string,
  facts: HeadFacts,
  backend: Backend,
  options: LoadOptions,
): Promise<Classifier> {
  const saved = await readHead(folder, facts);
  const { encoder, maxLength, runtime, dtype, features, head } = saved;
  const named = { encoder, maxLength, runtime, dtype };
  const open = () => openFrozenEncoder(named, toEncoderOptions({ ...options, backend }));
  const embed = await (options.openEmbed?.(named) ?? open());
  if (countFeatures(features, embed.dimensions) !== countInputs(head)) {
    await embed.dispose();
    throw new ExpectedError(
      `${folder}: expected an encoder of ${countInputs(head) / countFeatures(features, 1)} dimensions, but ${encoder} has ${embed.dimensions}`,
    );
  }
  return createHeadClassifier(saved, embed, backend);
}

/** Options of a frozen encoder. */
export function toEncoderOptions(options: ModelOptions & { backend: Backend }) {
  const { cache, vectorCache = null, backend, log = () => {}, fetch, env = {} } = options;
  return {
    cacheDir: vectorCache,
    modelsDir: cache ?? projectFolders.models,
    log,
    backend: async () => backend,
    env,
    ...(fetch && { fetch }),
  };
}
