import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import {
  type EncoderHead,
  listParameters,
  loadConfigAndTokenizer,
  loadParameter,
} from "../encoder/parameters.ts";

/**
 * Reads all numbers of one of our encoders into memory.
 * @param folder of the hub's layout
 * @param chooseHead the head that is in it; null: it has none
 * @param mend what to do about files that do not fit, for errors; left out: to give another encoder
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function readNumbers(
  folder: string,
  chooseHead: ((config: EncoderConfig) => EncoderHead) | null = null,
  mend?: string,
) {
  const checkpoint = await openCheckpoint(folder, mend);
  try {
    const { config, tokenizer } = await loadConfigAndTokenizer(checkpoint);
    const all = new Map<string, Float32Array>();
    for (const parameter of listParameters(config, chooseHead?.(config)))
      all.set(parameter.name, await loadParameter(checkpoint, config, parameter));
    return { config, tokenizer, weights: (name: string) => all.get(name) as Float32Array };
  } finally {
    await checkpoint.close();
  }
}
