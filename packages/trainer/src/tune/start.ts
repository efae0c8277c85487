import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "../encoder/head.ts";
import { loadOrCreateParameter, loadParameter } from "../encoder/load-values.ts";
import { listParameters, type Parameter } from "../encoder/parameters.ts";
import { restoreWordRows, selectWordRows, type Vocabulary } from "./vocabulary.ts";

/** The parameters that a training begins with, and what becomes of them. */
export interface InitialParameters {
  /** Those of the whole model. */
  whole: Parameter[];
  /** The same with the rows alone of the words that occur. */
  parameters: Parameter[];
  /** The value that one of `parameters` begins with. */
  load(name: string): Promise<Float32Array>;
  /** The value of one of `whole` after the training. @param decay of words that do not occur */
  toWhole(name: string, tuned: Float32Array, decay: number): Promise<Float32Array>;
}

const words = "embeddings.words";

/** @param seed draws what of the head the checkpoint does not have */
export function createInitialParameters(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  head: EncoderHead,
  vocabulary: Vocabulary,
  seed: number,
): InitialParameters {
  const whole = [...listParameters(config), ...listHeadParameters(head, config)];
  const loadWhole = async (name: string) => {
    const parameter = whole.find((one) => one.name === name);
    if (!parameter) throw new RangeError(`no parameter ${name}`);
    return name.startsWith("head.")
      ? loadOrCreateParameter(checkpoint, config, parameter, seed)
      : loadParameter(checkpoint, config, parameter);
  };
  const shape = [vocabulary.ids.length, config.hidden];
  return {
    whole,
    parameters: whole.map((one) => (one.name === words ? { ...one, shape } : one)),
    load: async (name) =>
      name === words
        ? selectWordRows(await loadWhole(name), vocabulary, config.hidden)
        : loadWhole(name),
    toWhole: async (name, tuned, decay) =>
      name === words ? restoreWordRows(await loadWhole(name), tuned, vocabulary, decay) : tuned,
  };
}
