import { lowAgreement, renderCount, renderWhole } from "@seedling/core/internal";
import type { TrialResult } from "../data/trials.ts";

/** How a linear head is fitted and chosen. */
export interface LinearOptions {
  /** The L2 penalties that are tried, the strongest first. */
  path?: readonly number[] | undefined;
  /** A penalty; or how it is chosen of the path: by the lowest loss, or the highest accuracy. */
  penalty?: number | "loss" | "accuracy";
  /** Vectors of length 1 of the labels' names, in the order of the classes; null: there are none. */
  names?: readonly Float32Array[] | null;
  /** Whether fits without names are tried, too. */
  choosesNames?: boolean;
  /** Whether each class counts the same in the loss, however many items it has. */
  isBalanced?: boolean;
  /** The fold of each item to train on: what is chosen is judged by these, and fitted to all; null: by dev. */
  folds?: readonly number[] | null;
  /** Is called with fits done, and fits in all at most. */
  progress?: (done: number, total: number) => void;
}

/** The L2 penalties that are tried, the strongest first. */
export const l2Path = [0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4, 3e-5, 1e-5];

/** A trial of the L2 path. */
export interface LinearTrial extends TrialResult {
  /** Factor of half the sum of the squared weights. */
  l2: number;
  /** The share of the labels' names in the weights; left out: none were read. */
  names?: number;
  iterations: number;
  /** Whether the optimum was reached. */
  converged: boolean;
}

/**
 * Chooses the penalty of created labels by the fraction of them with which blind answers agree, null where it is not
 * known: weak labels need a stronger one.
 */
export function choosePenalty(agreement: number | null): number {
  return agreement !== null && agreement < lowAgreement ? 0.03 : 0.003;
}

const every = 10_000;

/** Creates a progress log of fits that take long: a line every ten seconds. @param now the time in milliseconds */
export function createFitProgress(log: (line: string) => void, now: () => number = Date.now) {
  let last = now();
  return (done: number, total: number) => {
    if (now() - last < every || done === total) return;
    last = now();
    log(`  ${renderWhole(done)} of at most ${renderCount(total, "fit")} of the head done`);
  };
}
