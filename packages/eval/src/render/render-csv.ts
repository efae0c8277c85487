import { toPlainText } from "@seedling/core/internal";
import { stringify } from "csv-stringify/sync";
import type {
  AccuracyRow,
  AccuracyTable,
  CellRow,
  CostRow,
  DashRow,
  Figure5,
  RowDifference,
  Table5,
} from "../tables/analysis.ts";
import { isSample } from "../tables/labels.ts";

type Field = string | number | boolean | null | undefined;

/** A column's name, and a row's field in it; an empty field where there is none. */
type Columns<Row> = Record<string, (row: Row) => Field>;

/** A column for each figure; percentages and points to 12 digits. */
const columns: Columns<CellRow> = {
  trained_on: ({ cell }) => cell.task,
  tested_on: ({ cell }) => cell.test.task,
  source: ({ cell }) => cell.source,
  row: ({ role }) => role,
  control: ({ control }) => control,
  train_n: ({ cell }) => cell.train.n,
  train_target: ({ cell }) => cell.train.target,
  train_human: ({ cell }) => cell.train.human,
  test_n: ({ cell }) => cell.test.n,
  accuracy_percent: ({ cell }) => percent(cell.accuracy),
  interval_low_percent: ({ cell }) => percent(cell.interval.low),
  interval_high_percent: ({ cell }) => percent(cell.interval.high),
  interval_method: ({ cell }) => cell.method,
  seed_variance: ({ cell }) => (cell.seeds > 1 ? "included" : "unknown"),
  clopper_pearson_low_percent: ({ cell }) => percent(cell.exact?.low),
  clopper_pearson_high_percent: ({ cell }) => percent(cell.exact?.high),
  seeds: ({ cell }) => cell.seeds,
  collapsed_seeds: ({ cell }) => cell.collapsed,
  accuracy_without_collapsed_percent: ({ cell }) => percent(cell.withoutCollapsed),
  baseline_chance_percent: ({ cell }) => percent(cell.baseline.chance),
  baseline_train_majority_percent: ({ cell }) => percent(cell.baseline.trainMajority),
  baseline_train_tied: ({ cell }) => cell.baseline.tied,
  baseline_best_constant_percent: ({ cell }) => percent(cell.baseline.bestConstant),
  macro_f1_percent: ({ cell }) => percent(cell.metrics.macroF1),
  balanced_accuracy_percent: ({ cell }) => percent(cell.metrics.balancedAccuracy),
  matthews: ({ cell }) => digits(cell.metrics.matthews),
  calibration_error_percent: ({ cell }) => percent(cell.metrics.calibrationError),
  without_contaminated_percent: ({ cell }) => percent(cell.withoutContaminated?.accuracy),
  contaminated_items: ({ cell }) => cell.withoutContaminated?.leftOut,
  without_dev_shared_percent: ({ cell }) => percent(cell.withoutDevShared?.accuracy),
  dev_shared_items: ({ cell }) => cell.withoutDevShared?.leftOut,
  ...differenceColumns("minus_human_same_n", ({ toHuman }) => toHuman.sameN),
  ...differenceColumns("minus_human_largest", ({ toHuman }) => toHuman.largest),
  tree_minus_others: ({ toSettings }) =>
    toSettings
      .map(({ against, estimate: { value, low, high }, verdict }) => {
        const interval = `${percent(value)} (${percent(low)} to ${percent(high)})`;
        return [against.label, interval, verdict?.verdict].filter(Boolean).join(" ");
      })
      .join("; "),
  paper_percent: ({ paper }) => paper?.percent,
  paper_comparable: ({ paper, cell }) => paper !== null && !isSample(cell),
  prediction_low_percent: ({ paper }) => percent(paper?.prediction.low),
  prediction_high_percent: ({ paper }) => percent(paper?.prediction.high),
  figure_verdict: ({ paper }) => paper?.verdict,
  paper_is_constant: ({ paper }) => paper?.constant,
  differs_from_paper: ({ differs }) => differs.join("; "),
  dev_source: ({ cell }) => cell.dev.source,
  dev_accuracy_percent: ({ cell }) => percent(cell.devAccuracy),
  student_encoder: ({ cell }) => cell.student.encoder,
  student_tune: ({ cell }) => cell.student.tune,
  flags: ({ labels }) => labels.flags,
  sample: ({ cell }) => isSample(cell),
  origin: ({ labels }) => labels.origin,
  completions: ({ cell }) => cell.completions?.kind,
  model: ({ cell }) => cell.completions?.model,
  completions_first_day: ({ cell }) => cell.completionDays?.first,
  completions_last_day: ({ cell }) => cell.completionDays?.last,
  train_data: ({ cell }) => cell.data.kind,
  train_data_verified: ({ cell }) => cell.data.verified,
  test_data: ({ cell }) => cell.test.data.kind,
  test_data_verified: ({ cell }) => cell.test.data.verified,
  stale_runs: ({ cell }) => cell.stale,
  repeat: ({ cell }) => cell.repeat,
  runs: ({ cell }) => cell.runs.map(({ path }) => path).join(" "),
};

function differenceColumns(
  name: string,
  of: (row: CellRow) => RowDifference | null,
): Columns<CellRow> {
  return {
    [`${name}_n`]: (row) => of(row)?.against.n,
    [`${name}_points`]: (row) => percent(of(row)?.estimate.value),
    [`${name}_low_points`]: (row) => percent(of(row)?.estimate.low),
    [`${name}_high_points`]: (row) => percent(of(row)?.estimate.high),
    [`${name}_p`]: (row) => digits(of(row)?.p),
    [`${name}_p_holm`]: (row) => digits(of(row)?.adjustedP),
    [`${name}_mde_points`]: (row) => percent(of(row)?.minimumDetectable),
    [`${name}_paper_points`]: (row) => percent(of(row)?.paper),
    [`${name}_claim`]: (row) => of(row)?.verdict?.verdict,
    [`${name}_claim_underpowered`]: (row) => of(row)?.verdict?.underpowered,
  };
}

/** Table 3 or 4 as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function renderTableCsv({ rows }: AccuracyTable): string {
  return renderRecords([...Object.keys(columns), "note"], rows.map(toRecord));
}

function toRecord(row: AccuracyRow): Record<string, Field> {
  return row.kind === "dash" ? toDashRecord(row) : toFields(columns, row);
}

function toDashRecord({ trainedOn, testedOn, why }: DashRow): Record<string, Field> {
  return { trained_on: trainedOn, tested_on: testedOn, note: why };
}

const costColumns: Columns<CostRow> = {
  task: ({ task }) => task,
  source: ({ source }) => source,
  model: ({ model }) => model,
  flags: ({ flags }) => flags,
  origin: ({ originWord }) => originWord,
  creations: ({ creations }) => creations.length,
  partial: ({ partial }) => partial,
  target: ({ target }) => target,
  kept: ({ kept }) => digits(kept),
  replies: ({ replies }) => digits(replies),
  tokens: ({ tokens }) => digits(tokens),
  tokens_per_kept: ({ tokensPerKept }) => digits(tokensPerKept),
  replies_without_count: ({ uncounted }) => uncounted,
  usd_at_paper_price: ({ paperPriceUsd }) => digits(paperPriceUsd),
  usd_at_paper_price_and_size: ({ paperPriceUsdAtPaperSize }) => digits(paperPriceUsdAtPaperSize),
  usd_today: ({ todayUsd }) => digits(todayUsd),
  paper_usd: ({ paperUsd }) => paperUsd,
  runs: ({ creations }) => creations.join(" "),
};

/** Table 5 as CSV. */
export function renderCostCsv({ rows }: Table5): string {
  return renderRecords(
    Object.keys(costColumns),
    rows.map((row) => toFields(costColumns, row)),
  );
}

/** Figure 5's points as CSV. */
export function renderFigure5Csv({ series }: Figure5): string {
  const records = series.flatMap(({ points, paper, labels, ...line }) =>
    points.map(({ fraction, n, seeds, accuracy, interval, runs }) => ({
      trained_on: line.task,
      tested_on: line.test,
      source: labels.source,
      student: labels.student,
      flags: labels.flags,
      origin: labels.origin,
      sample: line.sample,
      fraction_by: line.fractionBy,
      fraction,
      train_n: n,
      seeds,
      accuracy_percent: percent(accuracy),
      interval_low_percent: percent(interval.low),
      interval_high_percent: percent(interval.high),
      paper_percent: paper.find(([share]) => Math.abs(share - fraction) < 1e-9)?.[1],
      runs: runs.join(" "),
    })),
  );
  return renderRecords(Object.keys(records[0] ?? { trained_on: "" }), records);
}

function toFields<T>(from: Columns<T>, row: T): Record<string, Field> {
  return Object.fromEntries(Object.entries(from).map(([name, field]) => [name, field(row)]));
}

function renderRecords(names: string[], records: readonly Record<string, Field>[]): string {
  return stringify([...records], {
    header: true,
    columns: names,
    escape_formulas: true,
    cast: { boolean: String, string: toPlainText },
  });
}

/** To 12 digits, so that 0.55 is 55 and not 55.00000000000001. */
function percent(share: number | null | undefined): number | null {
  return share == null ? null : digits(100 * share);
}

function digits(value: number | null | undefined): number | null {
  return value == null ? null : Number(value.toPrecision(12));
}
