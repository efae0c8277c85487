import { type Embed, type EmbedOptions, openBackend, openEmbed } from "@seedling/core";
import type { CheckpointSource } from "./checkpoint/hub-files.ts";
import { openEncoderEmbed } from "./encoder-embed.ts";

/** Which frozen encoder, as flags and classifiers name it. */
export interface FrozenEncoder extends Pick<EmbedOptions, "encoder" | "maxLength"> {
  /** What runs it: transformers.js (and use-lite), or our own encoders on the backend. */
  runtime: "onnx" | "tfjs";
  /** Number type of onnx weights; null: the first that there is. */
  dtype: "fp32" | "q8" | null;
}

/** What opening one needs; left out: Node's own fetch and environment, for what a hub asks. */
export type FrozenOptions = Pick<EmbedOptions, "cacheDir" | "modelsDir" | "notice"> &
  Partial<Pick<EmbedOptions, "backend">> &
  Partial<Pick<CheckpointSource, "fetch" | "env">>;

/**
 * Opens a frozen encoder.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openFrozen(
  { runtime, ...named }: FrozenEncoder,
  options: FrozenOptions,
): Promise<Embed> {
  const { fetch = globalThis.fetch, env = process.env, backend = openBackend, ...rest } = options;
  const { encoder, maxLength } = named;
  const { modelsDir, notice } = rest;
  const open = async () =>
    openEncoderEmbed({ encoder, modelsDir, notice, fetch, env }, maxLength, await backend());
  return openEmbed({ ...named, ...rest, backend, ...(runtime === "tfjs" && { open }) });
}
