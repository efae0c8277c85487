import { availableParallelism } from "node:os";
import { type Backend, openBackend } from "../backend/backend.ts";
import { withCache } from "./cache.ts";
import type { Embed } from "./embed.ts";
import type { Dtype } from "./model-folder.ts";
import { openTransformers } from "./transformers.ts";
import { openUseLite, useLite } from "./use-lite.ts";

/** Options of opening an encoder. */
export interface EmbedOptions {
  /** "use-lite", an absolute folder in the hub's layout, or a hub id. */
  encoder: string;
  /** In tokens, special ones included. */
  maxLength: number;
  /** Number type of the weights; null or left out: fp32, for a folder the first that it has. */
  dtype?: Dtype | null;
  /** The folder that keeps vectors from run to run; null: none is kept. */
  cacheDir: string | null;
  /** The folder of downloaded models. */
  modelsDir: string;
  /** Opens the backend that use-lite runs on; the other encoders need none. */
  backend?: () => Promise<Backend>;
  /** Processors to use; left out: all. No vector depends on it. */
  threads?: number;
  /** Milliseconds of unbroken work after which worker threads are started: about what that takes. */
  workersAfter?: number;
  /** Opens the encoder instead, such as one of the trainer's own. */
  open?: () => Promise<Embed>;
  /** Prints a line of a download. */
  log: (line: string) => void;
}

/**
 * Opens an encoder: the embedded default, any other by transformers.js, or the caller's own.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openEmbed(options: EmbedOptions): Promise<Embed> {
  const { encoder, maxLength, cacheDir, dtype = null, backend = openBackend } = options;
  const { threads = availableParallelism(), workersAfter = 1000 } = options;
  const encoding = { maxLength, dtype, threads, workersAfter };
  const openNamed = async () =>
    encoder === useLite
      ? openUseLite(await backend(), encoding)
      : openTransformers(options, encoding);
  return withCache(await (options.open ?? openNamed)(), cacheDir);
}
