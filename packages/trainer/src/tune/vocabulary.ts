import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import {
  type EncoderHead,
  listParameters,
  loadParameter,
  type Parameter,
} from "../encoder/parameters.ts";
import type { TokenItem } from "./token-items.ts";

/**
 * The words of a training's texts: token ids, ascending; their indices are the rows of the trained table. Only
 * their rows are trained: of all other words no gradient comes, so that AdamW does nothing to them but
 * decay them, by the same factor each step.
 */
export type Vocabulary = Int32Array;

/** Collects the words of all items. */
export function collectVocabulary(items: readonly TokenItem[]): Vocabulary {
  const all = new Set(items.flatMap(({ sequences }) => sequences.flatMap(({ ids }) => [...ids])));
  return Int32Array.from(all).sort();
}

/** Replaces token ids by rows of the trained table. */
export function toWordRows<Item extends TokenItem>(
  items: readonly Item[],
  vocabulary: Vocabulary,
): Item[] {
  const rows = new Map(Array.from(vocabulary, (id, row) => [id, row]));
  return items.map((item) => ({
    ...item,
    sequences: item.sequences.map((sequence) => ({
      ...sequence,
      ids: sequence.ids.map((id) => rows.get(id) ?? 0),
    })),
  }));
}

/** Selects the rows of a vocabulary from the whole table. */
export function selectWordRows(
  table: Float32Array,
  vocabulary: Vocabulary,
  hidden: number,
): Float32Array {
  const rows = new Float32Array(vocabulary.length * hidden);
  vocabulary.forEach((id, row) => {
    rows.set(table.subarray(id * hidden, (id + 1) * hidden), row * hidden);
  });
  return rows;
}

/** Restores the whole table: trained rows at their token ids, all others decayed. */
export function restoreWordRows(
  table: Float32Array,
  rows: Float32Array,
  vocabulary: Vocabulary,
  decay: number,
): Float32Array {
  const hidden = rows.length / vocabulary.length;
  const whole = table.map((value) => value * decay);
  vocabulary.forEach((id, row) => {
    whole.set(rows.subarray(row * hidden, (row + 1) * hidden), id * hidden);
  });
  return whole;
}

const words = "embeddings.words";

/** Creates the parameters that a training begins with. @param seed draws the head, where the checkpoint has none */
export function createInitialParameters(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  head: EncoderHead,
  vocabulary: Vocabulary,
  seed: number,
) {
  const whole = listParameters(config, head);
  const shape = [vocabulary.length, config.hidden];
  const loadWhole = (name: string) => {
    const parameter = whole.find((one) => one.name === name) as Parameter;
    return loadParameter(checkpoint, config, parameter, seed);
  };
  return {
    /** All parameters of the model, the word embeddings with only the rows of the words that occur. */
    parameters: whole.map((one) => (one.name === words ? { ...one, shape } : one)),
    /** Loads the initial values of one, row by row. */
    async load(name: string): Promise<Float32Array> {
      const values = await loadWhole(name);
      return name === words ? selectWordRows(values, vocabulary, config.hidden) : values;
    },
    /** Restores the whole values of one after the training. @param decay factor of words that do not occur */
    toWhole: async (name: string, tuned: Float32Array, decay: number) =>
      name === words ? restoreWordRows(await loadWhole(name), tuned, vocabulary, decay) : tuned,
  };
}
