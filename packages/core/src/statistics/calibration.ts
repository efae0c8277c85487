/** Answers whose labels have about the same probability. */
export interface ReliabilityBin {
  n: number;
  /** The sum of their labels' probabilities, their confidence. */
  confidence: number;
  /** How many of them are right. */
  right: number;
  /** The sum of confidence less right. */
  gap: number;
}

const binCount = 15;

/**
 * Divides answers by the probability of their label into 15 bins of equal width, the least probable first; an answer
 * without a probability (NaN) is in none. What is drawn of them is a reliability diagram.
 * @param right 1 for an answer that is right, else 0
 */
export function binByConfidence(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
): ReliabilityBin[] {
  const bins = Array.from({ length: binCount }, () => ({ n: 0, confidence: 0, right: 0, gap: 0 }));
  for (let i = 0; i < confidence.length; i++) {
    const sure = confidence[i] as number;
    const bin = bins[Math.min(binCount - 1, Math.floor(sure * binCount))];
    if (!bin) continue;
    bin.n += 1;
    bin.confidence += sure;
    bin.right += Number(right[i]);
    bin.gap += sure - Number(right[i]);
  }
  return bins;
}

/**
 * Computes the expected calibration error (Naeini et al. 2015), in [0, 1]: how far confidence and accuracy are apart in
 * a bin, over all answers. NaN: no answer has a probability.
 */
export function computeCalibrationError(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
): number {
  const bins = binByConfidence(confidence, right);
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  return bins.reduce((sum, { gap }) => sum + Math.abs(gap), 0) / n;
}
