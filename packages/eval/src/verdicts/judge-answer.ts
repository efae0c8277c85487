import type { Interval } from "@seedling/core/internal";

/** Points of accuracy that a data set may cost and still stand in for another, as a fraction. */
export const margin = 0.03;

/**
 * Whether created data stand in for human data: `better`: more than that; `yes`: at most the margin
 * below; `nearly`: below, but within the margin; `open`: the interval is too wide to say.
 */
export type AnswerJudgement = "better" | "yes" | "nearly" | "no" | "open";

/** By where the 95 % interval of created minus human lies: against no difference, and against the margin. */
export function judgeAnswer({ low, high }: Interval): AnswerJudgement {
  if (low > 0) return "better";
  if (low > -margin) return high < 0 ? "nearly" : "yes";
  return high < 0 ? "no" : "open";
}
