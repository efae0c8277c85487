import { type Embed, type EmbedOptions, ExpectedError, openEmbed } from "@seedling/core";

/** Which frozen encoder, as flags and classifiers name it. */
export interface FrozenEncoder extends Pick<EmbedOptions, "encoder" | "maxLength"> {
  /** What runs it: transformers.js (and use-lite), or our own encoders on the backend. */
  runtime: "onnx" | "tfjs";
  /** Number type of onnx weights; null: the first that there is. */
  dtype: "fp32" | "q8" | null;
}

/**
 * Opens a frozen encoder.
 * @throws ExpectedError saying what to do, if it cannot be found, fetched, read, or is no encoder
 */
export async function openFrozen(
  { runtime, ...named }: FrozenEncoder,
  rest: Pick<EmbedOptions, "cacheDir" | "modelsDir" | "notice" | "backend">,
): Promise<Embed> {
  if (runtime === "tfjs")
    throw new ExpectedError("--runtime tfjs: expected onnx; our own encoders cannot be frozen yet");
  return openEmbed({ ...named, ...rest });
}
