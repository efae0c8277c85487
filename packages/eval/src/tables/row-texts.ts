import { dash } from "@seedling/core/internal";
import type { Baseline } from "./baselines.ts";
import type { Cell } from "./cell.ts";
import { left, long, type TableColumn } from "./column.ts";
import { isSample, type RowLabels } from "./labels.ts";
import { renderFixedPercent, renderPoints, renderPointsRange } from "./numbers.ts";
import type { CellRow, RowDifference } from "./row.ts";

/** The columns that say what a row is of: trained on, tested on, source, classifier. */
export const labelColumns: readonly TableColumn<{
  task: string;
  test: string;
  labels: RowLabels;
  sample: boolean;
}>[] = [
  left("trained_on", "Trained on", ({ task }) => task),
  left("tested_on", "Tested on", ({ test }) => test),
  left(
    "source",
    "Source",
    ({ labels }) => labels.source,
    ({ labels, sample }) => `${labels.source}${sample ? " SAMPLE" : ""}`,
  ),
  long("student", "Classifier", ({ labels }) => labels.student),
];

/** What a row was trained on, and what keeps it from counting as others do: `tree, stale`, `tree, repeat`. */
export function renderMarked(source: string, { stale, repeat }: Cell): string {
  return [source, stale > 0 && "stale", repeat && "repeat"].filter(Boolean).join(", ");
}

/** Accuracy, and in brackets the mean without collapsed runs: `55.93 [57.10]`. */
export function renderMeans({ accuracy, withoutCollapsed }: Cell): string {
  const without = withoutCollapsed === null ? "" : ` [${renderFixedPercent(withoutCollapsed)}]`;
  return `${renderFixedPercent(accuracy)}${without}`;
}

/** Runs, whether they all answer alike, and how many collapsed: `3`, `3=`, `3 1c`. */
export function renderSeedCount({ seeds, collapsed, sameAnswers }: Cell): string {
  const counted = `${seeds}${sameAnswers ? "=" : ""}`;
  return collapsed === 0 ? counted : `${counted} ${collapsed}c`;
}

/** Examples trained on: `100`, or `37 of 100` where creation stopped short. */
export function renderTrainSize({ n, target }: Cell["train"]): string {
  return n < target ? `${n} of ${target}` : String(n);
}

/** `20.00` (chance), or `61.28 / 61.28` (training majority / best constant). */
export function renderBaseline({ chance, trainMajority, tied, bestConstant }: Baseline): string {
  if (chance !== null) return renderFixedPercent(chance);
  const majority = `${orDash(trainMajority)}${tied ? "†" : ""}`;
  return `${majority} / ${orDash(bestConstant)}`;
}

/** A difference with its interval and, by an asterisk, whether its adjusted p is below 0.05: `-6.1* (-9.0 to -3.2)`. */
export function renderStarred({ estimate, adjustedP }: RowDifference): string {
  const found = adjustedP !== null && adjustedP < 0.05 ? "*" : "";
  return `${renderPoints(estimate.value)}${found} (${renderPointsRange(estimate)})`;
}

/** The paper's number as printed, in parentheses where it is no comparison. */
export function renderPaper({ paper, cell }: CellRow): string {
  if (paper === null) return dash;
  const percent = paper.percent.toFixed(2);
  return isSample(cell) ? `(${percent})` : percent;
}

/** `-8.5`, in points; in parentheses where ours is a sample's; a dash where the paper has none. */
export function renderPaperDifference({ paper, verdict }: RowDifference): string {
  if (paper === null) return dash;
  return verdict === null ? `(${renderPoints(paper)})` : renderPoints(paper);
}

/** Whether the paper's claim holds: `holds`, `contradicted`, `undecided`, or why it is undecided: `underpowered`; empty where the paper has none. */
export function renderClaim({ verdict }: RowDifference): string {
  if (verdict === null) return "";
  return verdict.underpowered ? "underpowered" : verdict.verdict;
}

/** `naive +1.2 (-3.1 to +5.4), random ... undecided`: a tree against the other settings. */
export function renderSettingDifferences({ toSettings }: CellRow): string {
  const each = toSettings.map((difference) => {
    const claim = difference.verdict === null ? "" : ` ${renderClaim(difference)}`;
    return `${difference.against.label} ${renderStarred(difference)}${claim}`;
  });
  return each.join(", ") || dash;
}

function orDash(fraction: number | null): string {
  return fraction === null ? dash : renderFixedPercent(fraction);
}
