import { countLabels, type Example, type Shares } from "@seedling/core/internal";
import type { LabelledItem } from "./examples.ts";

/** What a classifier was trained on, and how its labels counted. */
interface Trained {
  classes: readonly string[];
  train: readonly Example[];
  dev: readonly Example[];
  classWeights: "balanced" | "none";
}

/**
 * Computes what moves a classifier's log-odds from the label shares that it was trained for, equal ones where classes
 * were balanced, to others: log(wanted / trained) for each class, their mean 0. Shares are smoothed, (n + 1) / (N + K):
 * none is 0. Where folds choose, no dev example is held out: those of train are judged, and theirs are dev's shares.
 */
export function computeOffsets(shares: Shares, { classes, train, dev, classWeights }: Trained) {
  const ofTrain = smooth(countClasses(train, classes));
  const wanted =
    shares === "train"
      ? ofTrain
      : shares === "dev"
        ? smooth(countClasses(dev.length > 0 ? dev : train, classes))
        : smoothGiven(shares, train.length);
  const trained = classWeights === "balanced" ? classes.map(() => 1 / classes.length) : ofTrain;
  const offsets = wanted.map((share, index) => Math.log(share / (trained[index] ?? 1)));
  const centre = offsets.reduce((sum, offset) => sum + offset, 0) / classes.length;
  return offsets.map((offset) => offset - centre);
}

/** Weights items so that their labels have given shares, smoothed; those of the train or dev split have them as they are. */
export function weighByShares<Item extends LabelledItem>(
  items: readonly Item[],
  shares: Shares,
): readonly Item[] {
  if (typeof shares === "string") return items;
  const wanted = smoothGiven(shares, items.length);
  const counts = shares.map((_, index) => items.filter(({ label }) => label === index).length);
  return items.map((item) => {
    const { label } = item;
    return { ...item, weight: ((wanted[label] ?? 0) * items.length) / (counts[label] ?? 1) };
  });
}

function countClasses(examples: readonly Example[], classes: readonly string[]): number[] {
  const counts = countLabels(examples);
  return classes.map((name) => counts[name] ?? 0);
}

/** Adds offsets to the scores of classes, in their order; none: they stay. */
export function addOffsets<Scores extends Float32Array | Float64Array>(
  scores: readonly Scores[],
  offsets: readonly number[] | null | undefined,
): readonly Scores[] {
  if (!offsets) return scores;
  return scores.map((own) => own.map((score, i) => score + (offsets[i] ?? 0)) as Scores);
}

/** Smooths given shares as if n examples had them. */
function smoothGiven(shares: readonly number[], n: number): number[] {
  return smooth(shares.map((share) => share * n));
}

/** Counts -> shares, as if each class had one more. */
function smooth(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count + 1) / (total + counts.length));
}

/** From this part of the examples on, which would need another label for equal shares, shares are far from equal. */
const farFromEqual = 0.15;

/** The part of examples, in [0, 1], that would need another label for all labels to be as frequent: the total variation distance. */
export function measureImbalance(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const equal = total / counts.length;
  return counts.reduce((sum, count) => sum + Math.max(0, count - equal), 0) / total;
}

/**
 * Names `--shares` where people's labels are far from as frequent as each other, and the classifier was trained as if
 * they were.
 * @param split whose labels they are
 * @param counts by label
 */
export function adviseShares(
  split: "train" | "dev",
  counts: Readonly<Record<string, number>>,
): string | null {
  const imbalance = measureImbalance(Object.values(counts));
  if (!(imbalance >= farFromEqual)) return null;
  const [label, most] = Object.entries(counts).reduce((best, one) =>
    one[1] > best[1] ? one : best,
  );
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const part = Math.round((100 * most) / total);
  return `the labels of the ${split} split are far from equal (${part} % are ${JSON.stringify(label)}; ${Math.round(100 * imbalance)} of 100 would need another label to be equal), and the classifier counts all labels the same: --shares ${split} fits it to texts that come as these do`;
}
