const binCount = 15;

/** The answers whose probability lies in one of 15 bins of equal width. */
export interface ConfidenceBin {
  n: number;
  right: number;
  /** The sum of their probabilities, less `right`. */
  gap: number;
}

/**
 * Sorts answers into 15 bins of equal width by their probability, the least first.
 * @param confidence the probability of each answer; one without (NaN) is in no bin
 * @param right 1 for an answer that is right, else 0
 */
export function binByConfidence(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
): ConfidenceBin[] {
  const bins = Array.from({ length: binCount }, (): ConfidenceBin => ({ n: 0, right: 0, gap: 0 }));
  for (let i = 0; i < confidence.length; i++) {
    const sure = confidence[i] as number;
    if (Number.isNaN(sure)) continue;
    const bin = bins[Math.min(binCount - 1, Math.floor(sure * binCount))] as ConfidenceBin;
    bin.n += 1;
    bin.right += Number(right[i]);
    bin.gap += sure - Number(right[i]);
  }
  return bins;
}

/**
 * Computes the expected calibration error (Naeini et al. 2015), in [0, 1]: how far confidence and accuracy are apart in
 * a bin, over all answers.
 * @returns NaN where no answer has a probability
 */
export function computeCalibrationError(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
): number {
  const bins = binByConfidence(confidence, right);
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  return bins.reduce((sum, { gap }) => sum + Math.abs(gap), 0) / n;
}
