import {
  type Embedding,
  isTruncated,
  renderCount,
  renderPercent,
  renderWhole,
} from "@seedling/core/internal";
import type { UnlabelledExample } from "../data/examples.ts";

/** Tokens of a text, before and after truncation. */
type Tokens = Pick<Embedding, "tokens" | "kept">;

/** What truncation did to an example that was longer than the encoder reads. */
export interface Truncated {
  /** Indices of the options whose own end was cut: they are longer than half of what is read. */
  options: readonly number[];
}

/**
 * Computes what truncation to the encoder's maximum length removed, as fractions from 0 to 1: truncated texts of
 * all texts, removed tokens of all tokens.
 */
export function computeTruncation(cut: readonly Tokens[]) {
  const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
  const tokens = sum(cut.map((one) => one.tokens));
  const removed = tokens - sum(cut.map(({ kept }) => kept));
  return {
    texts: cut.filter(isTruncated).length / (cut.length || 1),
    tokens: removed / (tokens || 1),
  };
}

/**
 * Describes what truncation did to an example.
 * @param cut all that is read of it
 * @param options whether some of each option was cut
 * @returns null: it was read whole
 */
export function describeTruncation(
  cut: readonly Tokens[],
  options: readonly boolean[],
): Truncated | null {
  if (!cut.some(isTruncated)) return null;
  return { options: options.flatMap((isCut, index) => (isCut ? [index] : [])) };
}

const named = 3;

/**
 * Renders how many examples were truncated, and names the first options whose own end was cut.
 * @param what they are, such as "train"
 * @returns null: all were read whole
 */
export function renderTruncation(
  what: string,
  examples: readonly UnlabelledExample[],
  truncated: readonly (Truncated | null | undefined)[],
): string | null {
  const count = truncated.filter(Boolean).length;
  if (count === 0) return null;
  const options = truncated.flatMap((one, row) =>
    (one?.options ?? []).map((index) => renderCutOption(examples[row], index)),
  );
  const more = options.length > named ? ` and ${renderWhole(options.length - named)} more` : "";
  const names = `${options.slice(0, named).join(", ")}${more}`;
  return [
    `${renderWhole(count)} of ${renderCount(examples.length, `${what} example`)} cut to what the encoder reads, at the end of the context, then of the question`,
    ...(options.length > 0 ? [`longer than half of that and cut themselves: ${names}`] : []),
  ].join("; ");
}

/** Names an option by its beginning, and its question. */
export function renderCutOption(
  example: UnlabelledExample | null | undefined,
  index: number,
): string {
  const [option, question] = [example?.options[index], example?.question].map((text = "") =>
    JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text),
  );
  return `option ${index + 1} ${option} of ${question}`;
}

/** Renders a fraction of tokens that were truncated; one above 0 never looks like 0. */
export function renderTruncated(fraction: number): string {
  if (fraction === 0) return "none";
  return fraction < 0.0005 ? "less than 0.1 %" : renderPercent(fraction);
}
