import {
  binomialTail,
  clopperPearson,
  ExpectedError,
  renderCount,
  renderPercent,
} from "@seedling/core/internal";
import { z } from "zod";
import type { Confidences } from "./temperature.ts";

const fraction = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** A threshold below which a classifier gives no label, as classifier.json holds it. */
export const thresholdSchema = z.object({
  /** The least probability of a label that is given. */
  value: fraction,
  /** The share of given labels that may be wrong. */
  maxError: fraction,
  /** Answers of held-out items at or above it, how many of these are wrong, and the upper 95 % bound of their share. */
  n: count,
  wrong: count,
  bound: fraction,
  /** The share of held-out items that these are. */
  coverage: fraction,
  /** Where they come from: dev, the folds' own classifiers, or a file of labelled texts. */
  on: z.enum(["dev", "folds", "file"]),
  /** That a language model wrote their labels. */
  created: z.literal(true).optional(),
});

export type Threshold = z.infer<typeof thresholdSchema>;

/** The probability with which a promise may be broken. */
const level = 0.05;

/** A threshold has four digits. */
const steps = 10_000;

/** Of items, the part by which each threshold that is tried has more answers above it than the one before. */
const furtherPart = 1 / 100;

/** Of items, the part from which on a threshold is tried: fewer are too often wrong by chance, and nothing below would be tried. */
const firstPart = 1 / 8;

/** @throws ExpectedError unless it is a share of errors that can be shown */
export function checkMaxError(maxError: number): void {
  if (!(maxError > 0 && maxError < 1))
    throw new ExpectedError(
      `maxError: expected a share of wrong labels between 0 and 1, such as 0.05, got ${maxError}`,
    );
}

/** The fewest answers, all of them right, that show an error rate to be at most so much: 59 for 5 %, 149 for 2 %. */
export function countLeastAnswers(maxError: number): number {
  return Math.ceil(Math.log(level) / Math.log(1 - maxError));
}

/** The last threshold that held; where `value` is null none did, and the counts are those of the first that was tried. */
export type FoundThreshold = Omit<Threshold, "value" | "on" | "created"> & { value: number | null };

/**
 * Finds the lowest probability from which on at most `maxError` of the answers are wrong, with 95 % confidence. The
 * first that is tested has an eighth of the answers above it, and as many as could pass, each further one a hundredth
 * of them more, however sure they are; each by the exact one-sided binomial bound (Clopper & Pearson 1934) at the full
 * level, until one fails: fixed sequence testing, as in Learn then Test (Angelopoulos et al. 2021). Unlike the lowest
 * value that looks good on a curve, it breaks its promise in 5 of 100 samples at most, where answers that are surer are
 * not wrong more often.
 * @param confidence the probability of each answer, of items that the classifier was not fitted to; below 0: none
 * @throws ExpectedError if `maxError` is not between 0 and 1
 */
export function findThreshold(
  { confidence, right }: Confidences,
  maxError: number,
): FoundThreshold {
  checkMaxError(maxError);
  const all = new Uint32Array(steps + 1);
  const bad = new Uint32Array(steps + 1);
  for (const [at, sure] of confidence.entries()) {
    const step = findStep(sure);
    all[step] = (all[step] as number) + 1;
    if (!right[at]) bad[step] = (bad[step] as number) + 1;
  }
  let next = Math.max(countLeastAnswers(maxError), firstPart * confidence.length);
  let [n, wrong] = [0, 0];
  let last: { value: number | null; n: number; wrong: number } | null = null;
  for (let step = steps; step >= 1; step--) {
    n += all[step] as number;
    wrong += bad[step] as number;
    if (step === steps || n < next) continue;
    next = Math.min(n + furtherPart * confidence.length, confidence.length);
    const holds = binomialTail(wrong, n, maxError) <= level;
    if (holds || !last) last = { value: holds ? step / steps : null, n, wrong };
    if (!holds || n === confidence.length) break;
  }
  last ??= { value: null, n, wrong };
  return {
    ...last,
    maxError,
    bound: last.n === 0 ? 1 : clopperPearson(last.wrong, last.n, 1 - 2 * level).high,
    coverage: confidence.length === 0 ? 0 : last.n / confidence.length,
  };
}

/** The highest step at or below a probability. */
function findStep(sure: number): number {
  const step = Math.floor(sure * steps);
  return (step + 1) / steps <= sure ? step + 1 : step;
}

/** A classifier's answers to items that it was not fitted to, and what these are. */
export interface HeldOutAnswers extends Confidences, Pick<Threshold, "on" | "created"> {}

/** Finds what stands in classifier.json, null where no threshold holds, and says it in words. */
export function chooseThreshold(answers: HeldOutAnswers, maxError: number) {
  const { value, ...found } = findThreshold(answers, maxError);
  if (value === null)
    return { threshold: null, line: explainNoThreshold(found, answers.right.length) };
  const { on, created } = answers;
  const threshold: Threshold = { value, ...found, on, ...(created && { created }) };
  return { threshold, line: renderThreshold(threshold) };
}

/** Whose promise it is, in words. */
const promises: Record<Threshold["on"], string> = {
  dev: "on dev, by which its trial was chosen too",
  folds: "on the folds, by their own classifiers",
  file: "on the labelled texts that were given",
};

/** Renders a threshold, and what its bound is of. */
export function renderThreshold(threshold: Threshold): string {
  const { value, maxError, n, wrong, bound, coverage } = threshold;
  return `labels from probability ${value} on: ${renderPercent(coverage)} of the answers (${n}), ${wrong} wrong, at most ${renderPercent(bound)} with 95 % confidence, for --max-error ${maxError} (${renderGround(threshold)})`;
}

/** Renders what a threshold promises, for whoever reads an answer. */
export function renderPromise(threshold: Threshold): string {
  return `at most ${renderPercent(threshold.bound)} of the labels above it are wrong, with 95 % confidence (${renderGround(threshold)})`;
}

function renderGround({ on, created }: Threshold): string {
  return created
    ? `${promises[on]}; the labels are created ones: it holds for texts like these`
    : promises[on];
}

/** Says why no threshold holds, and what one would need. */
export function explainNoThreshold(
  { maxError, n, wrong, bound }: Omit<FoundThreshold, "value">,
  of: number,
): string {
  const least = countLeastAnswers(maxError);
  const said = `no threshold holds for --max-error ${maxError}`;
  if (n < least)
    return `${said}: it takes ${renderCount(least, "answer")} at least, all of them right, and there are ${of}; give more labelled texts, or a larger --max-error`;
  return `${said}: of the ${n} surest answers ${wrong} are wrong, at most ${renderPercent(bound)} with 95 % confidence; it takes a better classifier, more labelled texts, or a larger --max-error`;
}
