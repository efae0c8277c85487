import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import {
  type Checkpoint,
  checkpointFiles,
  openCheckpoint,
  openTokenizer,
} from "../checkpoint/checkpoint.ts";
import { type EncoderConfig, parseEncoderConfig } from "./encoder-config.ts";
import { openWeights } from "./held-weights.ts";
import type { Ops } from "./ops.ts";
import { type EncoderHead, listParameters, loadParameter } from "./parameters.ts";

/**
 * Loads a checkpoint's configuration and the tokenizer that fits it.
 * @throws ExpectedError if the architecture is none of ours, or the tokenizer is missing or too large
 */
export async function loadConfigAndTokenizer({
  folder,
  config: hubConfig,
}: Pick<Checkpoint, "folder" | "config">) {
  const config = parseEncoderConfig(hubConfig, join(folder, checkpointFiles.config));
  const tokenizer = await openTokenizer(folder);
  // Otherwise it would give tokens that the encoder has no row for.
  if (tokenizer.vocabulary > config.vocabulary)
    throw new ExpectedError(
      `${folder}: expected a tokenizer of at most ${config.vocabulary} tokens, as config.json says, got ${tokenizer.vocabulary}`,
    );
  return { config, tokenizer };
}

/**
 * Opens an encoder that is not trained, from a folder of the hub's layout.
 * @param chooseHead null: it has no head
 * @param mend what to do about files that do not fit, for errors; left out: to fetch them again
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function openEncoder(
  folder: string,
  ops: Ops,
  chooseHead: ((config: EncoderConfig) => EncoderHead) | null = null,
  mend?: string,
) {
  const checkpoint = await openCheckpoint(folder, mend);
  try {
    const { config, tokenizer } = await loadConfigAndTokenizer(checkpoint);
    const parameters = listParameters(config, chooseHead?.(config));
    const held = await openWeights(ops, parameters, (parameter) =>
      loadParameter(checkpoint, config, parameter),
    );
    return { config, tokenizer, held };
  } finally {
    await checkpoint.close();
  }
}
