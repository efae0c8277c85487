import type { Interval } from "@seedling/core/internal";

/** Whether our difference supports the paper's claim of a difference of that sign. */
export interface ClaimVerdict {
  verdict: "holds" | "contradicted" | "undecided";
  /** Undecided, and even a difference as large as the paper's might not have been found here. */
  underpowered: boolean;
}

/** The paper's difference of two accuracies and ours, as fractions in [-1, 1]. */
export interface ClaimCase {
  paperDifference: number;
  /** Our 95 % interval of the difference. */
  difference: Interval;
  /** The smallest true difference that would be found here with 80 % power at 5 %. */
  minimumDetectable: number;
  /** Whether the bundled sample went into ours. */
  sample: boolean;
}

/**
 * Has our difference the sign of the paper's? `undecided` where our interval includes 0. A difference
 * of 0 in the paper claims none: ours can contradict it, and not confirm it.
 * @returns null for sample data, which say nothing about the benchmark
 */
export function judgeClaim(claim: ClaimCase): ClaimVerdict | null {
  const { paperDifference, difference, minimumDetectable, sample } = claim;
  if (sample) return null;
  const sign = difference.low > 0 ? 1 : difference.high < 0 ? -1 : 0;
  if (sign === 0)
    return {
      verdict: "undecided",
      underpowered: minimumDetectable > Math.abs(paperDifference),
    };
  const holds = sign === Math.sign(paperDifference);
  return { verdict: holds ? "holds" : "contradicted", underpowered: false };
}
