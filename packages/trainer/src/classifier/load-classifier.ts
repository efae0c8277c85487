import { cp } from "node:fs/promises";
import {
  type Backend,
  type Env,
  ExpectedError,
  openBackend,
  projectFolders,
} from "@seedling/core/internal";
import { createOps } from "../encoder/ops.ts";
import { countFeatures } from "../features/features.ts";
import { openFrozenEncoder } from "../features/frozen-encoder.ts";
import { countInputs } from "../head/head.ts";
import type { Classifier } from "./classifier.ts";
import { readFacts } from "./facts.ts";
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

/**
 * Loads a classifier from the folder that `save`, or a training of `experiment`, wrote. A head's encoder
 * is fetched unless it is on this machine.
 * @returns a classifier, which the caller disposes of
 * @throws ExpectedError if a file is missing or damaged, or the encoder's vectors do not fit
 */
export async function loadClassifier(
  folder: string,
  options: ModelOptions = {},
): Promise<Classifier> {
  const facts = await readFacts(folder);
  const backend = options.backend ?? (await openBackend());
  if (facts.tune === "full") return loadTunedClassifier(folder, facts, createOps(backend));
  const { encoder, maxLength, runtime, dtype, features } = facts;
  const head = await readHead(folder, facts);
  const named = { encoder, maxLength, runtime, dtype };
  const embed = await openFrozenEncoder(named, toEncoderOptions({ ...options, backend }));
  const wanted = countInputs(head) / countFeatures(features, 1);
  if (embed.dimensions === wanted)
    return {
      ...createHeadClassifier(facts, head, embed, backend),
      save: (to) => cp(folder, to, { recursive: true }),
    };
  await embed.dispose();
  throw new ExpectedError(
    `${folder}: expected an encoder of ${wanted} dimensions, but ${encoder} has ${embed.dimensions}`,
  );
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
