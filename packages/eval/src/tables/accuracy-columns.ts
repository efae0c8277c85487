import { dash } from "@seedling/core/internal";
import type { AccuracyRow, AccuracyTable } from "./accuracy-table.ts";
import {
  field,
  interval,
  left,
  number,
  percent,
  right,
  type Table,
  type TableColumn,
} from "./column.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import {
  differenceColumns,
  renderBaseline,
  renderPaper,
  renderSetting,
  renderSettingDigits,
} from "./row-texts.ts";
import type { CellRow } from "./rows.ts";

export function createAccuracyTable(table: AccuracyTable): Table<AccuracyRow> {
  return {
    ...table,
    columns: accuracyColumns,
    empty: "No evaluations yet.",
    notes: [...table.notes, ...markFootnotes(table)],
  };
}

export function markFootnotes({ footnotes }: AccuracyTable): string[] {
  return footnotes.map((text, index) => `${renderFootnoteMark(index)} ${text}`);
}

/** A footnote's number: `[1]`. @param index in the table's footnotes */
export function renderFootnoteMark(index: number): string {
  return `[${index + 1}]`;
}

/** The columns of Tables 3 and 4 that a row with an accuracy fills. */
export const cellColumns: readonly TableColumn<CellRow>[] = [
  left(
    "source",
    "Source",
    ({ cell }) => cell.source,
    ({ labels, cell: { stale, repeat } }) =>
      [labels.source, stale > 0 && "stale", repeat && "repeat"].filter(Boolean).join(", "),
  ),
  field("row", ({ role }) => role),
  field("control", ({ control }) => control),
  right(
    "train_n",
    "Train N",
    ({ cell }) => cell.train.n,
    // `100`, or `37 of 100` where creation stopped short.
    ({ cell: { train } }) =>
      train.n < train.target ? `${train.n} of ${train.target}` : `${train.n}`,
  ),
  field("train_target", ({ cell }) => cell.train.target),
  field("train_human", ({ cell }) => cell.train.human),
  right("test_n", "Test n", ({ cell }) => cell.test.n),
  number(
    "accuracy_percent",
    "Accuracy %",
    ({ cell }) => cell.accuracy,
    // In brackets the mean without collapsed runs: `55.93 [57.10]`.
    (accuracy, { cell: { withoutCollapsed } }) =>
      withoutCollapsed === null
        ? renderFixedPercent(accuracy)
        : `${renderFixedPercent(accuracy)} [${renderFixedPercent(withoutCollapsed)}]`,
    { scale: 100 },
  ),
  ...interval<CellRow>("interval", "percent", "95% interval", ({ cell }) => cell.interval),
  field("interval_method", ({ cell }) => cell.method),
  field("seed_variance", ({ cell }) => (cell.seeds > 1 ? "included" : "unknown")),
  ...interval<CellRow>("clopper_pearson", "percent", "Clopper-Pearson", ({ cell }) => cell.exact),
  right(
    "seeds",
    "Seeds",
    ({ cell }) => cell.seeds,
    // Whether they all answer alike, and how many collapsed: `3`, `3=`, `3 1c`.
    ({ cell: { seeds, sameAnswers, collapsed } }) =>
      `${seeds}${sameAnswers ? "=" : ""}${collapsed > 0 ? ` ${collapsed}c` : ""}`,
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
  field("beats_constant", ({ cell }) => cell.beatsConstant),
  percent("macro_f1_percent", "Macro-F1 %", ({ cell }) => cell.metrics.macroF1),
  percent("balanced_accuracy_percent", "Balanced %", ({ cell }) => cell.metrics.balancedAccuracy),
  number(
    "matthews",
    "Matthews",
    ({ cell }) => cell.metrics.matthews,
    (matthews) => matthews.toFixed(3),
  ),
  percent("calibration_error_percent", "ECE %", ({ cell }) => cell.metrics.calibrationError),
  without(
    "without_contaminated_percent",
    "Without contaminated %",
    ({ cell }) => cell.withoutContaminated,
  ),
  field("contaminated_items", ({ cell }) => cell.withoutContaminated?.leftOut),
  without(
    "without_dev_shared_percent",
    "Without items shared with dev %",
    ({ cell }) => cell.withoutDevShared,
  ),
  field("dev_shared_items", ({ cell }) => cell.withoutDevShared?.leftOut),
  ...differenceColumns("minus_human_same_n", "same N", ({ toHuman }) => toHuman.sameN),
  ...differenceColumns("minus_human_largest", "largest", ({ toHuman }) => toHuman.largest),
  left(
    "tree_minus_others",
    "Tree minus others",
    ({ toSettings }) => toSettings.map(renderSettingDigits).join("; "),
    ({ toSettings }) => toSettings.map(renderSetting).join(", "),
  ),
  right(
    "paper_percent",
    "Paper %",
    ({ paper }) => paper?.percent,
    (row) => [renderPaper(row), ...row.footnotes.map(renderFootnoteMark)].join(" "),
  ),
  field("paper_comparable", ({ paper, cell }) => paper !== null && !isSample(cell)),
  ...interval<CellRow>("prediction", "percent", null, ({ paper }) => paper?.prediction),
  left("figure_verdict", "Verdict", ({ paper }) => paper?.verdict),
  field("paper_is_constant", ({ paper }) => paper?.constant),
  left(
    "differs_from_paper",
    "Differs from the paper in",
    ({ differs }) => differs.join("; "),
    ({ differs }) => differs.join(", "),
  ),
  field("dev_source", ({ cell }) => cell.dev.source),
  number(
    "dev_accuracy_percent",
    "Dev %",
    ({ cell }) => cell.devAccuracy,
    (accuracy, { cell }) => `${cell.dev.source} ${renderFixedPercent(accuracy)}`,
    { scale: 100, none: dash },
  ),
  left(
    "student_encoder",
    "Classifier",
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

export const accuracyColumns: readonly TableColumn<AccuracyRow>[] = [
  left("trained_on", "Trained on", (row) => (row.kind === "cell" ? row.cell.task : row.trainedOn)),
  left(
    "tested_on",
    "Tested on",
    (row) => (row.kind === "cell" ? row.cell.test.task : row.testedOn),
    (row) => (row.kind === "cell" ? row.labels.test : (row.testedOn ?? dash)),
  ),
  ...cellColumns.map(
    ({ value, text, ...column }): TableColumn<AccuracyRow> => ({
      ...column,
      value: (row) => (row.kind === "cell" ? value(row) : null),
      text: (row) => (row.kind === "cell" ? text(row) : ""),
    }),
  ),
  left("note", "Note", (row) => (row.kind === "dash" ? row.why : null)),
];

function without(
  id: string,
  head: string,
  of: (row: CellRow) => CellRow["cell"]["withoutDevShared"],
): TableColumn<CellRow> {
  return number(
    id,
    head,
    (row) => of(row)?.accuracy,
    (accuracy, row) => `${renderFixedPercent(accuracy)} (−${Math.round(of(row)?.leftOut ?? 0)})`,
    { scale: 100 },
  );
}
