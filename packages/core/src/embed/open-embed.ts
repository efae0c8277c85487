import { type Backend, openBackend } from "../backend.ts";
import { withCache } from "./cache.ts";
import type { Embed } from "./embed.ts";
import { openTransformers } from "./transformers.ts";
import { openUseLite, useLite } from "./use-lite.ts";

export interface EmbedOptions {
  /** "use-lite", an absolute folder in the hub's layout, or a hub id. */
  encoder: string;
  /** In tokens, special ones included. */
  maxLength: number;
  /** Where vectors are kept from run to run, or null for nowhere. */
  cacheDir: string | null;
  /** Where downloaded models are kept. */
  modelsDir: string;
  /** What use-lite runs on; the other encoders do not ask for it. */
  backend?: () => Promise<Backend>;
  /** Is told of downloads. */
  notice: (line: string) => void;
}

/**
 * Opens an encoder: the embedded default, or any other by transformers.js.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openEmbed(options: EmbedOptions): Promise<Embed> {
  const { encoder, maxLength, cacheDir, backend = openBackend } = options;
  const embed =
    encoder === useLite
      ? await openUseLite(await backend(), maxLength)
      : await openTransformers(options, maxLength);
  return cacheDir === null ? embed : withCache(embed, cacheDir);
}
