import type { EncoderTokenizer } from "@seedling/core/internal";
import { listTextPairs } from "../data/example-texts.ts";
import type { Classes, Input, LabelledItem, UnlabelledExample } from "../data/examples.ts";
import type { TokenSequence } from "../encoder/packed.ts";
import { describeTruncation } from "../features/truncation.ts";

/** An example as the encoder reads it: one sequence for a classification, one for each option of a choice. */
export interface TokenItem extends LabelledItem {
  sequences: TokenSequence[];
}

/** How sequences are made of examples. */
export interface TokenizeOptions {
  classes: Classes;
  tokenizer: Pick<EncoderTokenizer, "encode">;
  /** Tokens of a sequence, special ones included. */
  maxLength: number;
  input: Input;
}

/**
 * Tokenizes examples.
 * @returns also the tokens of each sequence, before and after truncation, and what that did to each example
 */
export function tokenizeExamples(
  examples: readonly UnlabelledExample[],
  { tokenizer, maxLength, ...reading }: TokenizeOptions,
) {
  const encoded = examples.map((example) =>
    listTextPairs(example, reading).map(([first, second]) => {
      const { ids, typeIds, tokens, cutsOption } = tokenizer.encode(first, second, maxLength);
      return { sequence: { ids, typeIds }, tokens, kept: ids.length, cutsOption };
    }),
  );
  return {
    items: encoded.map((rows) => ({ sequences: rows.map(({ sequence }) => sequence) })),
    cut: encoded.flat().map(({ tokens, kept }) => ({ tokens, kept })),
    truncated: encoded.map((rows) =>
      describeTruncation(
        rows,
        rows.map(({ cutsOption }) => cutsOption),
      ),
    ),
  };
}

/** Counts the tokens of an item's longest sequence. */
export function countLongest({ sequences }: Pick<TokenItem, "sequences">): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}
