import { join } from "node:path";
import {
  computeDistinct,
  countLabelChecked,
  createRandom,
  creationFiles,
  mean,
  parseExample,
  splitWords,
  wilsonInterval,
} from "@seedling/core/internal";
import { sum } from "d3-array";
import { readRecords } from "../results/records.ts";
import type { CreationRun } from "../results/results.ts";
import { meanOrNull } from "./baselines.ts";
import type { Cell } from "./cells.ts";

/** What the creations of a row came to, means over them; null where there are none. */
export type Made = ReturnType<typeof countMade>;

/**
 * Counts what creations kept and took. Blind answers count among the tokens where they decide what is trained on; where
 * they only measure the agreement, they do not. Of a part of what was kept, its part.
 */
export function countMade(creations: readonly CreationRun[], { conditions }: Cell) {
  const { relabel, labels, minAgreement, fraction } = conditions;
  const decide = [relabel, labels, minAgreement].some((flag) => flag !== undefined);
  const part = typeof fraction === "number" ? fraction : 1;
  const all = creations.map(({ manifest: { usage, labelCheck, kept } }) => {
    const used = labelCheck && decide ? [usage, labelCheck.usage] : [usage];
    return {
      kept: part * kept,
      tokens: part * sum(used, (one) => one.promptTokens + one.completionTokens),
      uncounted: sum(used, ({ uncounted }) => uncounted),
    };
  });
  return {
    kept: meanOrNull(all.map(({ kept }) => kept)),
    tokens: meanOrNull(all.map(({ tokens }) => tokens)),
    /** Replies whose server did not count: tokens are then too few. */
    uncounted: sum(all, ({ uncounted }) => uncounted),
    agreement: countAgreement(creations),
  };
}

/** Created labels that agree with the model's blind answers, with Wilson's interval; null: none were asked. */
export function countAgreement(creations: readonly CreationRun[]) {
  const checked = creations.flatMap(({ manifest }) => {
    const share = manifest.labelCheck?.agreement ?? null;
    return share === null ? [] : { n: countLabelChecked(manifest), share };
  });
  const n = sum(checked, (one) => one.n);
  if (n === 0) return null;
  const value = sum(checked, (one) => one.n * one.share) / n;
  return { n, value, ...wilsonInterval(value, n) };
}

const draws = 10;

/**
 * Measures the diversity of what a creation kept: distinct pairs of words by all of them (distinct-2, Li et al. 2016) in
 * `n` of its questions, the mean of ten draws. More texts have fewer distinct pairs, so only equal `n` compare.
 * @param folder of the creation, absolute
 * @returns null where its file cannot be read, or has fewer
 */
export function measureDistinct(folder: string, seed: number, n: number): number | null {
  const parse = (value: unknown) => splitWords(parseExample(value, creationFiles.created).question);
  const texts = [...readRecords(join(folder, creationFiles.created), parse)];
  const read = texts.filter((text) => text !== null);
  if (n < 1 || read.length < n) return null;
  const random = createRandom("distinct-2", seed);
  return mean(
    Array.from({ length: draws }, () => computeDistinct(random.shuffled(read).slice(0, n), 2)),
  );
}
