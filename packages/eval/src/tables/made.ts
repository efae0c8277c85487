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
import { pickTrained } from "@seedling/trainer/internal";
import { index, sum } from "d3-array";
import { attempt, readRecords } from "../results/records.ts";
import type { CreationRun, Results } from "../results/results.ts";
import { meanOrNull } from "./baselines.ts";
import type { Cell } from "./cells.ts";
import { sumTokens } from "./pay-back.ts";

/** What the creations of a row came to, means over them; null where there are none. */
export type Made = ReturnType<typeof countMade>;

/**
 * Counts what creations kept and took. Blind answers count among the tokens where they decide what is trained on; where
 * they only measure the agreement, they do not. Of a part of what was kept, its part.
 */
export function countMade(creations: readonly CreationRun[], { conditions }: Cell) {
  const { relabel, labels, fraction } = conditions;
  const isExchanged = labels !== undefined && relabel === undefined;
  const part = typeof fraction === "number" ? fraction : 1;
  const all = creations.map(({ manifest: { usage, tokens, labelCheck, kept } }) => {
    const counted = tokens ?? sumTokens(usage);
    const answers = isExchanged && labelCheck ? sumTokens(labelCheck.usage) : 0;
    return { kept: part * kept, tokens: part * (counted + answers) };
  });
  return {
    kept: meanOrNull(all.map(({ kept }) => kept)),
    tokens: meanOrNull(all.map(({ tokens }) => tokens)),
    agreement: poolAgreement(creations),
  };
}

/** Created labels that agree with the model's blind answers, with Wilson's interval; null: none were asked. */
export function poolAgreement(creations: readonly CreationRun[]) {
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
 * Measures the diversity of texts: distinct pairs of words by all of them (distinct-2, Li et al. 2016) in `n` of them,
 * the mean of ten draws. More texts have fewer distinct pairs, so only equal `n` compare.
 * @param texts as words
 */
export function measureDistinct(
  texts: readonly (readonly string[])[],
  n: number,
  seed: number,
): number | null {
  if (n < 1) return null;
  const random = createRandom("distinct-2", seed);
  const drawn = Array.from({ length: draws }, () => random.shuffled(texts).slice(0, n));
  return mean(drawn.map((some) => computeDistinct(some, 2)));
}

export type ReadTexts = ReturnType<typeof createTextReader>;

/**
 * Creates what reads the questions that a run was trained on, as words: all that its creation kept, or what was
 * selected of them. None where these cannot be read.
 */
export function createTextReader({ dir, trainings }: Pick<Results, "dir" | "trainings">) {
  const byPath = index(trainings, ({ path }) => path);
  const parse = (value: unknown) => splitWords(parseExample(value, creationFiles.created).question);
  return ({ creation, training }: Cell["runs"][number]): (readonly string[])[][] => {
    if (creation === null) return [];
    const texts = [...readRecords(join(dir, creation, creationFiles.created), parse)];
    const trained = byPath.get(training ?? "")?.manifest ?? { outputs: {} };
    const picked = attempt(() => pickTrained(join(dir, training ?? ""), texts, trained));
    return [picked?.flatMap((text) => (text === null ? [] : [text])) ?? []];
  };
}
