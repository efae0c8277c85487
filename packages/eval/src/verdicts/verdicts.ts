import type { Interval } from "@seedling/core/internal";

/** Half the width of a prediction interval from which on agreement says nothing: five points. */
export const widestAgreement = 0.05;

/**
 * Does the paper's number lie in our 95 % prediction interval for one further run (it is very probably
 * one)? `agrees`; `underpowered` where the interval is so wide that nearly any number would; `higher` or
 * `lower`: ours lies above or below the paper's. All are fractions in [0, 1].
 */
export function judgeFigure(paper: number, { low, high }: Interval) {
  if (paper < low) return "higher";
  if (paper > high) return "lower";
  return (high - low) / 2 > widestAgreement ? "underpowered" : "agrees";
}

/**
 * Has our difference the sign of the paper's? `undecided` where our interval includes 0, `underpowered`
 * where then even a difference as large as the paper's might not have been found. A difference of 0 in
 * the paper claims none: ours can contradict it, and not confirm it.
 * @param paper its difference of two accuracies, a fraction in [-1, 1]
 * @param interval ours of the same, 95 %
 * @param detectable the smallest true difference that would be found here with 80 % power at 5 %
 */
export function judgeClaim(paper: number, { low, high }: Interval, detectable: number) {
  const sign = low > 0 ? 1 : high < 0 ? -1 : 0;
  const decided = sign === Math.sign(paper) ? ("holds" as const) : ("contradicted" as const);
  return sign === 0
    ? { verdict: "undecided" as const, underpowered: detectable > Math.abs(paper) }
    : { verdict: decided, underpowered: false };
}

/** Points of accuracy that a data set may cost and still stand in for another, as a fraction. */
export const margin = 0.03;

/**
 * Whether created data stand in for human data, by where the 95 % interval of created minus human lies:
 * `better`: above no difference; `yes`: above the margin; `nearly`: between the two; `open`: it is too wide
 * to say. `idle`: it would be one of the first three, but classifiers that learned nothing are alike whatever their data.
 * @param learnedShare the share of tasks on which one of the two is better than the constant answer
 */
export function judgeAnswer(
  { low, high }: Interval,
  learnedShare: number,
): "better" | "yes" | "nearly" | "no" | "open" | "idle" {
  if (low <= -margin) return high < 0 ? "no" : "open";
  if (learnedShare < 0.5) return "idle";
  if (low > 0) return "better";
  return high < 0 ? "nearly" : "yes";
}

/** The rule of `judgeAnswer`, as a claim's test has it. */
export const answerRule = `holds where the interval lies above -${100 * margin} points and on at least half of the tasks one of the two is better than the constant answer, contradicted where it does not and lies below 0`;

/** What such an answer says of the claim that one data set stands in for the other. */
export const answerVerdicts = {
  better: "holds",
  yes: "holds",
  nearly: "holds",
  no: "contradicted",
  open: "undecided",
  idle: "undecided",
} as const;
