import { dash, type Interval } from "@seedling/core/internal";
import type { Baseline } from "./baselines.ts";
import type { Cell } from "./cell.ts";
import { isSample, type RowLabels } from "./labels.ts";
import type { CellRow, RowDifference } from "./row.ts";

/** What a row was trained on, and whether anything bundled went into it: `tree SAMPLE`. */
export function renderSampleSource({
  labels,
  sample,
}: {
  labels: RowLabels;
  sample: boolean;
}): string {
  return `${labels.source}${sample ? " SAMPLE" : ""}`;
}

/** What a row was trained on, and what keeps it from counting as others do: `tree, stale`, `tree, repeat`. */
export function renderMarked(source: string, { stale, repeat }: Cell): string {
  return [source, stale > 0 && "stale", repeat && "repeat"].filter(Boolean).join(", ");
}

/** A share in percent: 0.612844 -> `61.28`, the paper's two digits. */
export function renderFixedPercent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

/** Both ends in percent: `54.5–61.8`. */
export function renderInterval({ low, high }: Interval): string {
  return `${renderFixedPercent(low, 1)}–${renderFixedPercent(high, 1)}`;
}

/** A difference of shares in points, with its sign: -0.0612 -> `-6.1`. */
export function renderPoints(difference: number): string {
  const points = (100 * difference).toFixed(1);
  return difference < 0 && points !== "-0.0" ? points : `+${points.replace("-", "")}`;
}

/** Both ends in points: `-6.1 to +0.2`. */
export function renderPointsRange({ low, high }: Interval): string {
  return `${renderPoints(low)} to ${renderPoints(high)}`;
}

/** `0.034`, `< 0.001`. */
export function renderP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A difference with its interval and, by an asterisk, whether its adjusted p is below 0.05: `-6.1* (-9.0 to -3.2)`. */
export function renderStarred({ estimate, adjustedP }: RowDifference): string {
  const found = adjustedP !== null && adjustedP < 0.05 ? "*" : "";
  return `${renderPoints(estimate.value)}${found} (${renderPointsRange(estimate)})`;
}

/** Accuracy, and in brackets the mean without collapsed runs: `55.93 [57.10]`. */
export function renderMeans({ accuracy, withoutCollapsed }: Cell): string {
  const without = withoutCollapsed === null ? "" : ` [${renderFixedPercent(withoutCollapsed)}]`;
  return `${renderFixedPercent(accuracy)}${without}`;
}

/** Runs, whether they all answer alike, and how many collapsed: `3`, `3=`, `3 (1 collapsed)`. */
export function renderSeedCount({ seeds, collapsed, sameAnswers }: Cell): string {
  const counted = `${seeds}${sameAnswers ? "=" : ""}`;
  return collapsed === 0 ? counted : `${counted} (${collapsed} collapsed)`;
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

/** The paper's figure as printed, in parentheses where it is no comparison. */
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

/** Whether the paper's figure agrees: `agrees`, `lower`, ...; a dash where there is none to say. */
export function renderFigureVerdict({ paper }: CellRow): string {
  return paper?.verdict ?? dash;
}

/** Whether the paper's claim holds: `holds`, `contradicted`, `undecided`, or why it is undecided: `underpowered`. */
export function renderClaim({ verdict }: RowDifference): string {
  if (verdict === null) return dash;
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

function orDash(share: number | null): string {
  return share === null ? dash : renderFixedPercent(share);
}

/** A share in percent, or a difference of shares in points, to 12 digits: 0.55 is 55 and not 55.00000000000001. */
export function roundPercent(share: number | null | undefined): number | null {
  return share == null ? null : roundDigits(100 * share);
}

/** A number to 12 digits, as CSV holds it. */
export function roundDigits(value: number | null | undefined): number | null {
  return value == null ? null : Number(value.toPrecision(12));
}
