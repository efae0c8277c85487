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
 * Creates the vocabulary of a training's texts: its token ids, ascending, are the rows of the trained table. Only
 * these are trained: of all other words no gradient comes, so that AdamW does nothing to them but
 * decay them, by the same factor each step.
 */
export function createVocabulary(items: readonly TokenItem[], hidden: number) {
  const all = new Set(items.flatMap(({ sequences }) => sequences.flatMap(({ ids }) => [...ids])));
  const words = Int32Array.from(all).sort();
  const rows = new Map(Array.from(words, (id, row) => [id, row]));
  const takeRow = (table: Float32Array, row: number) =>
    table.subarray(row * hidden, (row + 1) * hidden);
  return {
    size: words.length,
    /** Replaces token ids by rows of the trained table. */
    toRows: <Item extends TokenItem>(items: readonly Item[]): Item[] =>
      items.map((item) => ({
        ...item,
        sequences: item.sequences.map(({ ids, ...sequence }) => ({
          ...sequence,
          ids: ids.map((id) => rows.get(id) ?? 0),
        })),
      })),
    /** Selects the trained rows of the whole table. */
    select(table: Float32Array): Float32Array {
      const selected = new Float32Array(words.length * hidden);
      words.forEach((id, row) => {
        takeRow(selected, row).set(takeRow(table, id));
      });
      return selected;
    },
    /** Restores the whole table: trained rows at their token ids, all others decayed. */
    restore(table: Float32Array, trained: Float32Array, decay: number): Float32Array {
      const whole = table.map((value) => value * decay);
      words.forEach((id, row) => {
        takeRow(whole, id).set(takeRow(trained, row));
      });
      return whole;
    },
  };
}

const words = "embeddings.words";

/** Creates the parameters that a training begins with. @param seed draws the head, where the checkpoint has none */
export function createInitialParameters(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  head: EncoderHead,
  vocabulary: ReturnType<typeof createVocabulary>,
  seed: number,
) {
  const whole = listParameters(config, head);
  const shape = [vocabulary.size, config.hidden];
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
      return name === words ? vocabulary.select(values) : values;
    },
    /** Restores the whole values of one after the training. @param decay factor of words that do not occur */
    toWhole: async (name: string, tuned: Float32Array, decay: number) =>
      name === words ? vocabulary.restore(await loadWhole(name), tuned, decay) : tuned,
  };
}
