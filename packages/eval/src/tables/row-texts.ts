import { dash } from "@seedling/core/internal";
import type { Baseline } from "./baselines.ts";
import { field, interval, left, long, number, percent, right, type TableColumn } from "./column.ts";
import { isSample, type RowLabels } from "./labels.ts";
import {
  renderFixedPercent,
  renderP,
  renderPoints,
  renderPointsRange,
  roundDigits,
  roundPercent,
} from "./numbers.ts";
import type { CellRow, RowDifference } from "./rows.ts";

/** The columns that say what the row is that a row of a further table is about. */
export const labelColumns: readonly TableColumn<{
  task: string;
  test: string;
  labels: RowLabels;
  sample: boolean;
}>[] = [
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

/** The difference to one human row, which names its N where it is not the row's own. */
export function differenceColumns(
  name: string,
  head: string,
  of: (row: CellRow) => RowDifference | null,
): TableColumn<CellRow>[] {
  const ifAny = (render: (one: RowDifference, row: CellRow) => string) => (row: CellRow) => {
    const one = of(row);
    return one ? render(one, row) : "";
  };
  return [
    field(`${name}_n`, (row) => of(row)?.against.n),
    right(
      `${name}_points`,
      `Minus human, ${head}`,
      (row) => roundPercent(of(row)?.estimate.value),
      ifAny((one, { cell }) => {
        const { n } = one.against;
        return `${renderStarred(one)}${n === cell.train.n ? "" : ` at N ${n}`}`;
      }),
    ),
    ...interval<CellRow>(name, "points", null, (row) => of(row)?.estimate),
    field(`${name}_p`, (row) => roundDigits(of(row)?.p)),
    number(`${name}_p_holm`, `p (Holm), ${head}`, (row) => of(row)?.adjustedP, renderP),
    percent(`${name}_mde_points`, `MDE, ${head}`, (row) => of(row)?.minimumDetectable, 1),
    field(`${name}_paper_points`, (row) => roundPercent(of(row)?.paper)),
    left(`${name}_claim`, `Claim, ${head}`, (row) => of(row)?.verdict?.verdict, ifAny(renderClaim)),
    field(`${name}_claim_underpowered`, (row) => of(row)?.verdict?.underpowered),
  ];
}

/** `naive +1.2 (-3.1 to +5.4) undecided`: a tree minus another setting, in points. */
export function renderSetting(difference: RowDifference): string {
  const { label } = difference.against;
  return `${label} ${renderStarred(difference)} ${renderClaim(difference)}`.trimEnd();
}

/** The same with all digits: `naive 1.2 (-3.1 to 5.4) undecided`. */
export function renderSettingDigits({ against, estimate, verdict }: RowDifference): string {
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map(roundPercent);
  return `${against.label} ${value} (${low} to ${high}) ${verdict?.verdict ?? ""}`.trimEnd();
}
