import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "../encoder/encoder-head.ts";
import {
  listParameters,
  loadOrCreateParameter,
  loadParameter,
  type Parameter,
} from "../encoder/parameters.ts";
import type { TokenItem } from "./token-items.ts";

/**
 * The words of a training's texts. Only their rows are trained: of all other words no gradient comes,
 * so that AdamW does nothing to them but decay them, by the same factor each step.
 */
export interface Vocabulary {
  /** Token ids, ascending; their indices are the rows of the trained table. */
  ids: Int32Array;
}

/** Collects the words of all items. */
export function collectVocabulary(items: readonly TokenItem[]): Vocabulary {
  const all = new Set(items.flatMap(({ sequences }) => sequences.flatMap(({ ids }) => [...ids])));
  return { ids: Int32Array.from(all).sort() };
}

/** Replaces token ids by rows of the trained table. */
export function toWordRows<Item extends TokenItem>(
  items: readonly Item[],
  { ids }: Vocabulary,
): Item[] {
  const rows = new Map(Array.from(ids, (id, row) => [id, row]));
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
  { ids }: Vocabulary,
  hidden: number,
): Float32Array {
  const rows = new Float32Array(ids.length * hidden);
  ids.forEach((id, row) => {
    rows.set(table.subarray(id * hidden, (id + 1) * hidden), row * hidden);
  });
  return rows;
}

/** Restores the whole table: trained rows at their token ids, all others decayed. */
export function restoreWordRows(
  table: Float32Array,
  rows: Float32Array,
  { ids }: Vocabulary,
  decay: number,
): Float32Array {
  const hidden = rows.length / ids.length;
  const whole = table.map((value) => value * decay);
  ids.forEach((id, row) => {
    whole.set(rows.subarray(row * hidden, (row + 1) * hidden), id * hidden);
  });
  return whole;
}

/** The parameters that a training begins with. */
export interface InitialParameters {
  /** All parameters of the model. */
  whole: Parameter[];
  /** The same, the word embeddings with only the rows of the words that occur. */
  parameters: Parameter[];
  /** Loads the initial values of one of `parameters`, row by row. */
  load(name: string): Promise<Float32Array>;
  /** Restores the values of one of `whole` after the training. @param decay factor of words that do not occur */
  toWhole(name: string, tuned: Float32Array, decay: number): Promise<Float32Array>;
}

const words = "embeddings.words";

/** Creates the initial parameters. @param seed draws the head, where the checkpoint has none */
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
