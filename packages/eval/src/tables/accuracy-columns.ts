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
import { renderFixedPercent, renderP, roundDigits, roundPercent } from "./numbers.ts";
import { renderBaseline, renderClaim, renderPaper, renderStarred } from "./row-texts.ts";
import type { CellRow, RowDifference } from "./rows.ts";

/** Table 3 or 4 with every column, a row for each cell. */
export function createAccuracyTable(table: AccuracyTable): Table<AccuracyRow> {
  const { title, rows, notes } = table;
  const empty = "No evaluations yet.";
  return {
    title,
    columns: accuracyColumns,
    rows,
    empty,
    notes: [...notes, ...markFootnotes(table)],
  };
}

/** A table's footnotes, each behind its mark. */
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
  {
    ...percent("baseline_chance_percent", "Baseline %", ({ cell }) => cell.baseline.chance),
    text: ({ cell }) => renderBaseline(cell.baseline),
  },
  field("baseline_train_majority_percent", ({ cell }) => roundPercent(cell.baseline.trainMajority)),
  field("baseline_train_tied", ({ cell }) => cell.baseline.tied),
  field("baseline_best_constant_percent", ({ cell }) => roundPercent(cell.baseline.bestConstant)),
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
    ({ toSettings }) => toSettings.map(describeForCsv).join("; "),
    ({ toSettings }) => toSettings.map(describeForPeople).join(", "),
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

/** Every column of Tables 3 and 4. */
const accuracyColumns: readonly TableColumn<AccuracyRow>[] = [
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

/** Accuracy without some items, and their number. */
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

/** The difference to one human row, which names its N where it is not the row's own. */
function differenceColumns(
  name: string,
  head: string,
  of: (row: CellRow) => RowDifference | null,
): TableColumn<CellRow>[] {
  const describe = (row: CellRow) => {
    const one = of(row);
    if (!one) return "";
    return `${renderStarred(one)}${one.against.n === row.cell.train.n ? "" : ` at N ${one.against.n}`}`;
  };
  return [
    field(`${name}_n`, (row) => of(row)?.against.n),
    {
      ...percent(`${name}_points`, `Minus human, ${head}`, (row) => of(row)?.estimate.value),
      text: describe,
    },
    ...interval<CellRow>(name, "points", null, (row) => of(row)?.estimate),
    field(`${name}_p`, (row) => roundDigits(of(row)?.p)),
    number(`${name}_p_holm`, `p (Holm), ${head}`, (row) => of(row)?.adjustedP, renderP),
    percent(`${name}_mde_points`, `MDE, ${head}`, (row) => of(row)?.minimumDetectable, 1),
    field(`${name}_paper_points`, (row) => roundPercent(of(row)?.paper)),
    left(
      `${name}_claim`,
      `Claim, ${head}`,
      (row) => of(row)?.verdict?.verdict,
      (row) => {
        const one = of(row);
        return one ? renderClaim(one) : "";
      },
    ),
    field(`${name}_claim_underpowered`, (row) => of(row)?.verdict?.underpowered),
  ];
}

/** `naive +1.2 (-3.1 to +5.4) undecided`: a tree minus another setting, in points. */
function describeForPeople(difference: RowDifference): string {
  const { label } = difference.against;
  return `${label} ${renderStarred(difference)} ${renderClaim(difference)}`.trimEnd();
}

/** The same with all digits: `naive 1.2 (-3.1 to 5.4) undecided`. */
function describeForCsv({ against, estimate, verdict }: RowDifference): string {
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map(roundPercent);
  return `${against.label} ${value} (${low} to ${high}) ${verdict?.verdict ?? ""}`.trimEnd();
}
