import {
  type Dtype,
  type Embed,
  type EmbedOptions,
  findDtype,
  openBackend,
  openEmbed,
} from "@seedling/core/internal";
import type { CheckpointSource } from "../checkpoint/hub-files.ts";
import { openEncoderEmbed } from "./encoder-embed.ts";

/** Which frozen encoder, as flags and classifiers name it. */
export interface FrozenEncoder extends Pick<EmbedOptions, "encoder" | "maxLength"> {
  /** What runs it: transformers.js (and use-lite), or our own encoders on the backend. */
  runtime: "onnx" | "tfjs";
  /** Number type of onnx weights; null: the first that there is. */
  dtype: Dtype | null;
}

/**
 * The number type that a frozen encoder's weights have on this machine.
 * @returns null if it has none to choose from: use-lite, and our own encoders
 * @throws ExpectedError if it is a folder without such weights
 */
export async function findWeightsDtype({
  encoder,
  runtime,
  dtype,
}: Omit<FrozenEncoder, "maxLength">): Promise<Dtype | null> {
  return encoder === "use-lite" || runtime === "tfjs" ? null : findDtype(encoder, dtype);
}

/** What opening one needs; left out: Node's own fetch and environment, for what a hub asks. */
export type FrozenEncoderOptions = Pick<EmbedOptions, "cacheDir" | "modelsDir" | "log"> &
  Partial<Pick<EmbedOptions, "backend">> &
  Partial<Pick<CheckpointSource, "fetch" | "env">>;

/**
 * Opens a frozen encoder.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openFrozenEncoder(
  { runtime, ...named }: FrozenEncoder,
  options: FrozenEncoderOptions,
): Promise<Embed> {
  const { fetch = globalThis.fetch, env = process.env, backend = openBackend, ...rest } = options;
  const { encoder, maxLength } = named;
  const { modelsDir, log } = rest;
  const open = async () =>
    openEncoderEmbed({ encoder, modelsDir, log, fetch, env }, maxLength, await backend());
  return openEmbed({ ...named, ...rest, backend, ...(runtime === "tfjs" && { open }) });
}
