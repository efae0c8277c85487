import type { Interval } from "@seedling/core";
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
  /** Whether each was compared with as many human examples, or with the train split. */
  against: "same N" | "full";
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
  const { low, high, tasks, source, against, sample } = known;
  const opening = openings[judgeAnswer(known)];
  const human = against === "same N" ? "on as many human examples" : "on the human train split";
  const over = tasks === 1 ? "one task" : `${tasks} tasks`;
  const interval = `95 % interval ${renderPointsRange({ low, high })} points`;
  const warning = sample ? "SAMPLE, nothing about a benchmark. " : "";
  return `${warning}${opening}: in-domain, classifiers trained on ${source} data are ${renderPlace(known)} those trained ${human} (${interval}; ${over}).`;
}

function renderPlace({ mean }: Known): string {
  const points = (100 * Math.abs(mean)).toFixed(1);
  if (points === "0.0") return "as accurate as";
  return `${points} points of accuracy ${mean < 0 ? "below" : "above"}`;
}
