import { dash } from "@seedling/core/internal";
import type { AccuracyTable } from "./accuracy-table.ts";
import type { WithoutItems } from "./cell.ts";
import { field, left, mapColumn, right, type Table, type TableColumn } from "./column.ts";
import { isSample } from "./labels.ts";
import {
  renderBaseline,
  renderClaim,
  renderFixedPercent,
  renderInterval,
  renderMarked,
  renderMeans,
  renderP,
  renderPaper,
  renderPoints,
  renderSeedCount,
  renderSettingDifferences,
  renderStarred,
  renderTrainSize,
  roundDigits,
  roundPercent,
} from "./numbers.ts";
import type { AccuracyRow, CellRow, RowDifference } from "./row.ts";

/** Table 3 or 4 with every column, a row for each cell. */
export function createAccuracyTable({
  title,
  rows,
  notes,
  footnotes,
}: AccuracyTable): Table<AccuracyRow> {
  const numbered = footnotes.map((text, index) => `${renderFootnoteMark(index)} ${text}`);
  const empty = "No evaluations yet.";
  return { title, columns: accuracyColumns, rows, empty, notes: [...notes, ...numbered] };
}

/** A footnote's number: `[1]`. @param index in the table's footnotes */
export function renderFootnoteMark(index: number): string {
  return `[${index + 1}]`;
}

const cellColumns: readonly TableColumn<CellRow>[] = [
  left(
    "source",
    "Source",
    ({ cell }) => cell.source,
    ({ cell, labels }) => renderMarked(labels.source, cell),
  ),
  field("row", ({ role }) => role),
  field("control", ({ control }) => control),
  right(
    "train_n",
    "Train N",
    ({ cell }) => cell.train.n,
    ({ cell }) => renderTrainSize(cell.train),
  ),
  field("train_target", ({ cell }) => cell.train.target),
  field("train_human", ({ cell }) => cell.train.human),
  right("test_n", "Test n", ({ cell }) => cell.test.n),
  right(
    "accuracy_percent",
    "Accuracy %",
    ({ cell }) => roundPercent(cell.accuracy),
    ({ cell }) => renderMeans(cell),
  ),
  right(
    "interval_low_percent",
    "95% interval",
    ({ cell }) => roundPercent(cell.interval.low),
    ({ cell }) => renderInterval(cell.interval),
  ),
  field("interval_high_percent", ({ cell }) => roundPercent(cell.interval.high)),
  field("interval_method", ({ cell }) => cell.method),
  field("seed_variance", ({ cell }) => (cell.seeds > 1 ? "included" : "unknown")),
  right(
    "clopper_pearson_low_percent",
    "Clopper-Pearson",
    ({ cell }) => roundPercent(cell.exact?.low),
    ({ cell }) => (cell.exact ? renderInterval(cell.exact) : ""),
  ),
  field("clopper_pearson_high_percent", ({ cell }) => roundPercent(cell.exact?.high)),
  right(
    "seeds",
    "Seeds",
    ({ cell }) => cell.seeds,
    ({ cell }) => renderSeedCount(cell),
  ),
  field("collapsed_seeds", ({ cell }) => cell.collapsed),
  field("accuracy_without_collapsed_percent", ({ cell }) => roundPercent(cell.withoutCollapsed)),
  right(
    "baseline_chance_percent",
    "Baseline %",
    ({ cell }) => roundPercent(cell.baseline.chance),
    ({ cell }) => renderBaseline(cell.baseline),
  ),
  field("baseline_train_majority_percent", ({ cell }) => roundPercent(cell.baseline.trainMajority)),
  field("baseline_train_tied", ({ cell }) => cell.baseline.tied),
  field("baseline_best_constant_percent", ({ cell }) => roundPercent(cell.baseline.bestConstant)),
  percent("macro_f1_percent", "Macro-F1 %", ({ cell }) => cell.metrics.macroF1),
  percent("balanced_accuracy_percent", "Balanced %", ({ cell }) => cell.metrics.balancedAccuracy),
  right(
    "matthews",
    "Matthews",
    ({ cell }) => roundDigits(cell.metrics.matthews),
    ({ cell }) => cell.metrics.matthews?.toFixed(3) ?? "",
  ),
  percent("calibration_error_percent", "ECE %", ({ cell }) => cell.metrics.calibrationError),
  ...withoutColumns(
    "without_contaminated_percent",
    "contaminated_items",
    "Without contaminated %",
    ({ cell }) => cell.withoutContaminated,
  ),
  ...withoutColumns(
    "without_dev_shared_percent",
    "dev_shared_items",
    "Without items shared with dev %",
    ({ cell }) => cell.withoutDevShared,
  ),
  ...differenceColumns("minus_human_same_n", "same N", ({ toHuman }) => toHuman.sameN),
  ...differenceColumns("minus_human_largest", "largest", ({ toHuman }) => toHuman.largest),
  left(
    "tree_minus_others",
    "Tree minus others",
    ({ toSettings }) => toSettings.map(renderSettingField).join("; "),
    (row) => (row.toSettings.length > 0 ? renderSettingDifferences(row) : ""),
  ),
  right(
    "paper_percent",
    "Paper %",
    ({ paper }) => paper?.percent,
    (row) =>
      renderPaper(row) + row.footnotes.map((index) => ` ${renderFootnoteMark(index)}`).join(""),
  ),
  field("paper_comparable", ({ paper, cell }) => paper !== null && !isSample(cell)),
  field("prediction_low_percent", ({ paper }) => roundPercent(paper?.prediction.low)),
  field("prediction_high_percent", ({ paper }) => roundPercent(paper?.prediction.high)),
  left(
    "figure_verdict",
    "Verdict",
    ({ paper }) => paper?.verdict,
    ({ paper }) => paper?.verdict ?? dash,
  ),
  field("paper_is_constant", ({ paper }) => paper?.constant),
  left(
    "differs_from_paper",
    "Differs from the paper in",
    ({ differs }) => differs.join("; "),
    ({ differs }) => differs.join(", "),
  ),
  field("dev_source", ({ cell }) => cell.dev.source),
  right(
    "dev_accuracy_percent",
    "Dev %",
    ({ cell }) => roundPercent(cell.devAccuracy),
    ({ cell: { dev, devAccuracy } }) =>
      devAccuracy === null ? dash : `${dev.source} ${renderFixedPercent(devAccuracy)}`,
  ),
  left(
    "student_encoder",
    "Student",
    ({ cell }) => cell.student.encoder,
    ({ labels }) => labels.student,
  ),
  field("student_tune", ({ cell }) => cell.student.tune),
  left("flags", "Flags", ({ labels }) => labels.flags),
  field("sample", ({ cell }) => isSample(cell)),
  left("origin", "Data and creator", ({ labels }) => labels.origin),
  field("completions", ({ cell }) => cell.completions?.kind),
  field("model", ({ cell }) => cell.completions?.model),
  field("completions_first_day", ({ cell }) => cell.completionDays?.first),
  field("completions_last_day", ({ cell }) => cell.completionDays?.last),
  field("train_data", ({ cell }) => cell.data.kind),
  field("train_data_verified", ({ cell }) => cell.data.verified),
  field("test_data", ({ cell }) => cell.test.data.kind),
  field("test_data_verified", ({ cell }) => cell.test.data.verified),
  right(
    "stale_runs",
    "Stale",
    ({ cell }) => cell.stale,
    ({ cell }) => (cell.stale > 0 ? `${cell.stale} of ${cell.seeds}` : ""),
  ),
  field("repeat", ({ cell }) => cell.repeat),
  field("runs", ({ cell }) => cell.runs.map(({ path }) => path).join(" ")),
];

/** Every column of Tables 3 and 4. */
const accuracyColumns: readonly TableColumn<AccuracyRow>[] = [
  left("trained_on", "Trained on", (row) => (row.kind === "cell" ? row.cell.task : row.trainedOn)),
  left(
    "tested_on",
    "Tested on",
    (row) => (row.kind === "cell" ? row.cell.test.task : row.testedOn),
    (row) => (row.kind === "cell" ? row.labels.test : (row.testedOn ?? dash)),
  ),
  ...cellColumns.map((column) =>
    mapColumn(column, (row: AccuracyRow) => (row.kind === "cell" ? row : null)),
  ),
  left("note", "Note", (row) => (row.kind === "dash" ? row.why : null)),
];

function percent(id: string, head: string, toShare: (row: CellRow) => number | null) {
  return right<CellRow>(
    id,
    head,
    (row) => roundPercent(toShare(row)),
    (row) => {
      const share = toShare(row);
      return share === null ? "" : renderFixedPercent(share);
    },
  );
}

function withoutColumns(
  id: string,
  countId: string,
  head: string,
  of: (row: CellRow) => WithoutItems | null,
): TableColumn<CellRow>[] {
  return [
    right(
      id,
      head,
      (row) => roundPercent(of(row)?.accuracy),
      (row) => {
        const without = of(row);
        return without
          ? `${renderFixedPercent(without.accuracy)} (−${Math.round(without.leftOut)})`
          : "";
      },
    ),
    field(countId, (row) => of(row)?.leftOut),
  ];
}

/** The difference to one human row; where that is of another N than the row, it says so. */
function differenceColumns(
  name: string,
  head: string,
  of: (row: CellRow) => RowDifference | null,
): TableColumn<CellRow>[] {
  const text = (render: (difference: RowDifference, row: CellRow) => string) => (row: CellRow) => {
    const difference = of(row);
    return difference ? render(difference, row) : "";
  };
  const describe = (difference: RowDifference, { cell }: CellRow) =>
    `${renderStarred(difference)}${difference.against.n === cell.train.n ? "" : ` at N ${difference.against.n}`}`;
  return [
    field(`${name}_n`, (row) => of(row)?.against.n),
    right(
      `${name}_points`,
      `Minus human, ${head}`,
      (row) => roundPercent(of(row)?.estimate.value),
      text(describe),
    ),
    field(`${name}_low_points`, (row) => roundPercent(of(row)?.estimate.low)),
    field(`${name}_high_points`, (row) => roundPercent(of(row)?.estimate.high)),
    field(`${name}_p`, (row) => roundDigits(of(row)?.p)),
    right(
      `${name}_p_holm`,
      `p (Holm), ${head}`,
      (row) => roundDigits(of(row)?.adjustedP),
      text(({ adjustedP }) => (adjustedP === null ? "" : renderP(adjustedP))),
    ),
    right(
      `${name}_mde_points`,
      `MDE, ${head}`,
      (row) => roundPercent(of(row)?.minimumDetectable),
      text(({ minimumDetectable }) => renderPoints(minimumDetectable).slice(1)),
    ),
    field(`${name}_paper_points`, (row) => roundPercent(of(row)?.paper)),
    left(
      `${name}_claim`,
      `Claim, ${head}`,
      (row) => of(row)?.verdict?.verdict,
      text((difference) => (difference.verdict ? renderClaim(difference) : "")),
    ),
    field(`${name}_claim_underpowered`, (row) => of(row)?.verdict?.underpowered),
  ];
}

/** `naive 1.2 (-3.1 to 5.4) undecided`, in points. */
function renderSettingField({
  against,
  estimate: { value, low, high },
  verdict,
}: RowDifference): string {
  const interval = `${roundPercent(value)} (${roundPercent(low)} to ${roundPercent(high)})`;
  return [against.label, interval, verdict?.verdict].filter(Boolean).join(" ");
}
