import { dash } from "@seedling/core/internal";
import type { Baseline } from "./baselines.ts";
import { left, long, type TableColumn } from "./column.ts";
import { isSample, type RowLabels } from "./labels.ts";
import { renderFixedPercent, renderPoints, renderPointsRange } from "./numbers.ts";
import type { CellRow, RowDifference } from "./rows.ts";

/** What a further table says of the row that one of its own is about. */
interface Named {
  task: string;
  test: string;
  labels: RowLabels;
  sample: boolean;
}

/** The columns that say what a row is of: trained on, tested on, source, classifier. */
export const labelColumns: readonly TableColumn<Named>[] = [
  left("trained_on", "Trained on", ({ task }) => task),
  left("tested_on", "Tested on", ({ test }) => test),
  sourceColumn(({ labels }) => labels.source),
  long("student", "Classifier", ({ labels }) => labels.student),
];

/** The source, with a mark where it is the sample's. */
export function sourceColumn<Row extends { sample: boolean }>(
  of: (row: Row) => string,
): TableColumn<Row> {
  return left("source", "Source", of, (row) => `${of(row)}${row.sample ? " SAMPLE" : ""}`);
}

/** `20.00` (chance), or `61.28 / 61.28` (training majority / best constant). */
export function renderBaseline({ chance, trainMajority, tied, bestConstant }: Baseline): string {
  if (chance !== null) return renderFixedPercent(chance);
  return `${orDash(trainMajority)}${tied ? "†" : ""} / ${orDash(bestConstant)}`;
}

function orDash(fraction: number | null): string {
  return fraction === null ? dash : renderFixedPercent(fraction);
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
  return verdict?.underpowered ? "underpowered" : (verdict?.verdict ?? "");
}
