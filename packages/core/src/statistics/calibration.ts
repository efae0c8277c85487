const binCount = 15;

/**
 * Computes the expected calibration error (Naeini et al. 2015), in [0, 1]: how far confidence and accuracy are apart in
 * a bin, over all answers. There are 15 bins of equal width; an answer without a probability (NaN) is in none.
 * @param confidence the probability of each answer
 * @param right 1 for an answer that is right, else 0
 * @returns NaN where no answer has a probability
 */
export function computeCalibrationError(
  confidence: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
): number {
  /** The sum of confidence less right, by bin. */
  const gaps = new Float64Array(binCount);
  let n = 0;
  for (let i = 0; i < confidence.length; i++) {
    const sure = confidence[i] as number;
    if (Number.isNaN(sure)) continue;
    const bin = Math.min(binCount - 1, Math.floor(sure * binCount));
    gaps[bin] = (gaps[bin] as number) + (sure - Number(right[i]));
    n += 1;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n;
}
