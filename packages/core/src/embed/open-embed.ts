import { availableParallelism } from "node:os";
import { type Backend, openBackend } from "../backend/backend.ts";
import { ExpectedError } from "../messages/errors.ts";
import { bagOfWords } from "./bag-of-words.ts";
import { withCache } from "./cache.ts";
import type { Embed } from "./encoder.ts";
import type { ModelSource } from "./hub.ts";
import { type EncodingOptions, openTransformers } from "./transformers.ts";
import { openUseLite, useLite } from "./use-lite.ts";

/** Options of opening an encoder: "use-lite", an absolute folder in the hub's layout, or a hub id. */
export interface EmbedOptions extends ModelSource, Partial<EncodingOptions> {
  /** In tokens, special ones included. */
  maxLength: number;
  /** The folder that keeps vectors from run to run; null: none is kept. */
  cacheDir: string | null;
  /** Opens the backend that use-lite runs on; the other encoders need none. */
  backend?: () => Promise<Backend>;
  /** Opens the encoder instead, such as one of the trainer's own. */
  open?: () => Promise<Embed>;
}

/**
 * Opens an encoder: the embedded default, any other by transformers.js, or the caller's own.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openEmbed(options: EmbedOptions): Promise<Embed> {
  const { dtype = null, threads = availableParallelism(), workersAfter = 1000 } = options;
  const encoding = { ...options, dtype, threads, workersAfter };
  if (options.encoder === bagOfWords)
    throw new ExpectedError(
      `encoder ${bagOfWords}: expected one that knows texts beforehand, such as use-lite: its words are learned by training a classifier`,
    );
  if (options.encoder === useLite && options.prompt)
    throw new ExpectedError("encoder use-lite: expected no prompt, which it was not trained with");
  const openNamed = async () =>
    options.encoder === useLite
      ? openUseLite(await (options.backend ?? openBackend)(), encoding)
      : openTransformers(options, encoding);
  return withCache(await (options.open ?? openNamed)(), options.cacheDir, options.log);
}
