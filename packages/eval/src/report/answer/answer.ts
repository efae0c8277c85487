import type { Interval } from "@seedling/core";
import { renderPoints } from "../../tables/render-figures.ts";
import { renderPointsRange } from "../figures.ts";

/** Points of accuracy that a data set may cost and still stand in for another, as a share. */
export const margin = 0.03;

/** What is known of created minus human data, over all tasks. */
export interface Known extends Interval {
  mean: number;
  /** Tasks that it is the mean of. */
  tasks: number;
  /** The created setting. */
  source: string;
  /** What it is compared with: `human`, or `human, same N`. */
  against: string;
  sample: boolean;
}

/** The answer's first word, by where the interval lies: against no difference, and against the margin. */
export function judgeAnswer({ low, high }: Interval): "better" | "yes" | "nearly" | "no" | "open" {
  if (low > 0) return "better";
  if (low > -margin) return high < 0 ? "nearly" : "yes";
  return high < 0 ? "no" : "open";
}

const openings: Record<ReturnType<typeof judgeAnswer>, string> = {
  better: "Yes, and more",
  yes: "Yes, within 3 points",
  nearly: "Nearly",
  no: "No",
  open: "Not decided",
};

/** The report's first sentence: does created data stand in for human data here? */
export function renderAnswer(known: Known): string {
  const { mean, low, high, tasks, source, against, sample } = known;
  const opening = `${sample ? "SAMPLE, which says nothing of a benchmark: " : ""}${openings[judgeAnswer(known)]}`;
  const human = against === "human" ? "on the human train split" : "on as many human examples";
  const over = tasks === 1 ? "one task" : `${tasks} tasks`;
  const interval = `95 % interval ${renderPointsRange({ low, high })}`;
  return `${opening}: in-domain, classifiers trained on created data (${source}) are ${renderPoints(mean)} points of accuracy from those trained ${human} (${interval}; ${over}).`;
}
