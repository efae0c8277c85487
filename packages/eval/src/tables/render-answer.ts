import { renderWhole } from "@seedling/core/internal";
import { type AnswerJudgement, margin } from "../verdicts/judge-answer.ts";
import { renderP, renderPoints } from "./numbers.ts";
import type { AnswerPart, DomainAnswer } from "./view-beside.ts";

/** The human data that created data are held against, and how many examples of each task. */
export type Human =
  | { kind: "same N" }
  | { kind: "train split" | "largest"; sizes: readonly number[] };

const openings: Record<AnswerJudgement, string> = {
  better: "Yes, and more",
  yes: `Yes, within ${100 * margin} points`,
  nearly: "Nearly",
  no: "No",
  open: "Not decided",
};

/** Does created data stand in for human data here? One plain sentence that stands on its own. */
export function renderAnswer(
  { mean, low, high, p, tasks, judgement }: Omit<AnswerPart, "sentence">,
  { source, size, sample }: Pick<DomainAnswer, "source" | "size" | "sample">,
  human: Human,
): string {
  const warning = sample ? "SAMPLE, nothing about a benchmark. " : "";
  const data = `${source} data${size === null ? "" : ` (N ${renderWhole(size)})`}`;
  const over = tasks === 1 ? "one task" : `${tasks} tasks`;
  const figures = `95 % interval ${renderPoints(low)} to ${renderPoints(high)} points, p ${renderP(p)}; ${over}`;
  return `${warning}${openings[judgement]}: in-domain, classifiers trained on ${data} are ${renderPlace(mean)} those trained on ${renderHuman(human)} (${figures}).`;
}

function renderHuman(human: Human): string {
  if (human.kind === "same N") return "as many human examples";
  const [least, most] = [Math.min(...human.sizes), Math.max(...human.sizes)].map(renderWhole);
  const n = least === most ? `N ${least}` : `N ${least} to ${most}`;
  return human.kind === "train split"
    ? `the human train split (${n})`
    : `the largest human sets run here (${n})`;
}

function renderPlace(mean: number): string {
  const points = (100 * Math.abs(mean)).toFixed(1);
  if (points === "0.0") return "as accurate as";
  return `${points} points of accuracy ${mean < 0 ? "below" : "above"}`;
}
