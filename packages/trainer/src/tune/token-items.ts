import type { Example } from "@seedling/core/internal";
import type { Tokenizer } from "../checkpoint/tokenizer.ts";
import { cutInput, type Input } from "../data/ablate-input.ts";
import { type Scored, toScored } from "../data/scored.ts";
import type { Sequence } from "../encoder/packed.ts";
import type { Kind, Unlabelled } from "../features/features.ts";

/** An example as the encoder reads it: one sequence for a classification, one an option for a choice. */
export interface TokenItem extends Scored {
  sequences: Sequence[];
}

/** How sequences are made of examples. */
export interface Reading {
  kind: Kind;
  tokenizer: Tokenizer;
  /** Tokens of a sequence, special ones included. */
  maxLength: number;
  input: Input;
}

/** Sequences of examples, and what the cut took. */
export interface ReadSequences {
  /** Those of each example. */
  sequences: Sequence[][];
  /** Tokens of each sequence, before and after the cut. */
  cut: { tokens: number; kept: number }[];
}

/**
 * The texts of an example's sequences: (question, context) for a classification, (question, option) for
 * a choice. A context stands last: it is cut first.
 */
export function toTextPairs(
  { question, context, options }: Unlabelled,
  kind: Kind,
): [string, string | null][] {
  if (kind === "classes") return [[question, context]];
  return options.map((option) => [question, context === null ? option : `${option} ${context}`]);
}

/** Examples as sequences of token ids. */
export function toSequences(
  examples: readonly Unlabelled[],
  { kind, tokenizer, maxLength, input }: Reading,
): ReadSequences {
  const cut: ReadSequences["cut"] = [];
  const sequences = examples.map((example) =>
    toTextPairs(cutInput(example, input), kind).map(([first, second]) => {
      const { ids, typeIds, tokens } = tokenizer.encode(first, second, maxLength);
      cut.push({ tokens, kept: ids.length });
      return { ids, typeIds };
    }),
  );
  return { sequences, cut };
}

/**
 * Labelled examples as items.
 * @param classes the class names for "classes", null for "choice"
 * @throws ExpectedError if an example's options are not the classes
 */
export function toTokenItems(
  examples: readonly Example[],
  sequences: readonly Sequence[][],
  classes: readonly string[] | null,
): TokenItem[] {
  return examples.map((example, row) => ({
    sequences: sequences[row] ?? [],
    ...toScored(example, classes),
  }));
}

/** Tokens of an item's longest sequence. */
export function toLongest({ sequences }: Pick<TokenItem, "sequences">): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}
