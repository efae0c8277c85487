import type { EncoderTokenizer } from "../checkpoint/checkpoint.ts";
import {
  ablateInput,
  type Classes,
  type Input,
  type LabelledItem,
  type UnlabelledExample,
} from "../data/examples.ts";
import type { TokenSequence } from "../encoder/packed.ts";

/** An example as the encoder reads it: one sequence for a classification, one for each option of a choice. */
export interface TokenItem extends LabelledItem {
  sequences: TokenSequence[];
}

/** How sequences are made of examples. */
export interface TokenizeOptions {
  classes: Classes;
  tokenizer: EncoderTokenizer;
  /** Tokens of a sequence, special ones included. */
  maxLength: number;
  input: Input;
}

/**
 * Lists the texts of an example's sequences: (question, context) for a classification, (question, option)
 * for a choice. A context comes last: it is truncated first.
 */
export function listTextPairs(
  example: UnlabelledExample,
  { classes, input }: Pick<TokenizeOptions, "classes" | "input">,
): [string, string | null][] {
  const { question, context, options } = ablateInput(example, input);
  if (classes) return [[question, context]];
  return options.map((option) => [question, context === null ? option : `${option} ${context}`]);
}

/** Tokenizes examples. @returns also the tokens of each sequence, before and after truncation */
export function tokenizeExamples(
  examples: readonly UnlabelledExample[],
  { tokenizer, maxLength, ...reading }: TokenizeOptions,
): { items: Pick<TokenItem, "sequences">[]; cut: { tokens: number; kept: number }[] } {
  const cut: { tokens: number; kept: number }[] = [];
  const items = examples.map((example) => ({
    sequences: listTextPairs(example, reading).map(([first, second]) => {
      const { ids, typeIds, tokens } = tokenizer.encode(first, second, maxLength);
      cut.push({ tokens, kept: ids.length });
      return { ids, typeIds };
    }),
  }));
  return { items, cut };
}

/** Counts the tokens of an item's longest sequence. */
export function countLongest({ sequences }: Pick<TokenItem, "sequences">): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}
