/** What a threshold leaves of a classifier's answers to test items, as counts. */
export interface Selection {
  /** The least probability of a label that is given; infinite: none is. */
  threshold: number;
  /** Items that get a label, and how many of these labels are wrong. */
  given: number;
  wrong: number;
  /** Wrong answers to all items if the language model answers those without a label; null: its answers are not known. */
  wrongOfAll: number | null;
}

/**
 * Counts what every threshold leaves, from one above all answers down to the least probability: risk by coverage
 * (El-Yaniv & Wiener 2010). Equal probabilities are given together; an answer without one (NaN) is never given.
 * @param model 1 for an item that the language model itself is right on, else 0, in the order of the items; null: not known
 */
export function listSelections(
  { confidence, right }: { confidence: ArrayLike<number>; right: ArrayLike<number | boolean> },
  model: ArrayLike<number> | null,
): Selection[] {
  const items = Array.from(right, (isRight, at) => ({
    sure: confidence[at] as number,
    wrong: Number(!isRight),
    asked: Number(model?.[at] === 0),
  }));
  const sorted = items
    .filter(({ sure }) => !Number.isNaN(sure))
    .sort((one, other) => other.sure - one.sure);
  const wrongOfAll = model && items.reduce((sum, { asked }) => sum + asked, 0);
  let last: Selection = { threshold: Number.POSITIVE_INFINITY, given: 0, wrong: 0, wrongOfAll };
  const all = [last];
  for (const [at, { sure, wrong, asked }] of sorted.entries()) {
    last = {
      threshold: sure,
      given: at + 1,
      wrong: last.wrong + wrong,
      wrongOfAll: last.wrongOfAll === null ? null : last.wrongOfAll + wrong - asked,
    };
    if (sorted[at + 1]?.sure !== sure) all.push(last);
  }
  return all;
}

/** What a threshold leaves: the selection of the least probability that is not below it. @param all of `listSelections` */
export function findSelection(all: readonly Selection[], threshold: number): Selection {
  return all.findLast((one) => one.threshold >= threshold) as Selection;
}

/** The fewest labels whose errors say anything. */
export const leastLabels = 20;

/**
 * Picks selections for a chart: the first that gives each twentieth of the items a label, without those of fewer than
 * `leastLabels`.
 * @param all of `listSelections`
 * @param n items
 */
export function pickSelections(all: readonly Selection[], n: number): Selection[] {
  const picked = Array.from({ length: 21 }, (_, step) =>
    all.find(({ given }) => 20 * given >= step * n),
  ).filter((one) => one !== undefined);
  return [...new Set(picked)].filter(
    ({ given }) => given === 0 || given >= Math.min(leastLabels, n),
  );
}
