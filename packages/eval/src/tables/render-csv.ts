import { toPlainText } from "@seedling/core";
import { stringify } from "csv-stringify/sync";
import { toConditionsLabel, toOriginLabel } from "./labels.ts";
import type { CellRow, DashRow, Row, Table } from "./table-rows.ts";

type Field = string | number | boolean | null;

/** A column for each figure; percentages to 12 digits, an empty field where there is none. */
const columns: Record<string, (row: CellRow) => Field> = {
  trained_on: ({ cell }) => cell.task,
  tested_on: ({ cell }) => cell.test.task,
  source: ({ cell }) => cell.source,
  train_n: ({ cell }) => cell.train.n,
  train_target: ({ cell }) => cell.train.target,
  train_human: ({ cell }) => cell.train.human,
  test_n: ({ cell }) => cell.test.n,
  accuracy_percent: ({ cell }) => percent(cell.accuracy),
  interval_low_percent: ({ cell }) => percent(cell.interval.low),
  interval_high_percent: ({ cell }) => percent(cell.interval.high),
  seeds: ({ cell }) => cell.seeds,
  baseline_chance_percent: ({ cell }) => percent(cell.baseline.chance),
  baseline_train_majority_percent: ({ cell }) => percent(cell.baseline.trainMajority),
  baseline_train_tied: ({ cell }) => cell.baseline.tied,
  baseline_best_constant_percent: ({ cell }) => percent(cell.baseline.bestConstant),
  paper_percent: ({ paper }) => paper,
  paper_comparable: ({ paper, sample }) => paper !== null && !sample,
  dev_source: ({ cell }) => cell.dev.source,
  dev_accuracy_percent: ({ cell }) => percent(cell.devAccuracy),
  student_encoder: ({ cell }) => cell.student.encoder,
  student_tune: ({ cell }) => cell.student.tune,
  flags: ({ cell }) => toConditionsLabel(cell),
  sample: ({ sample }) => sample,
  origin: ({ cell }) => toOriginLabel(cell),
  completions: ({ cell }) => cell.completions?.kind ?? null,
  model: ({ cell }) => cell.completions?.model ?? null,
  completions_first_day: ({ cell }) => cell.completionDays?.first ?? null,
  completions_last_day: ({ cell }) => cell.completionDays?.last ?? null,
  train_data: ({ cell }) => cell.data.kind,
  train_data_verified: ({ cell }) => cell.data.verified,
  test_data: ({ cell }) => cell.test.data.kind,
  test_data_verified: ({ cell }) => cell.test.data.verified,
};

/** A table as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function renderCsv(table: Table): string {
  return stringify(table.rows.map(toRecord), {
    header: true,
    columns: [...Object.keys(columns), "note"],
    escape_formulas: true,
    cast: { boolean: String, string: toPlainText },
  });
}

function toRecord(row: Row): Record<string, Field> {
  if (row.kind === "dash") return toDashRecord(row);
  return Object.fromEntries(Object.entries(columns).map(([name, field]) => [name, field(row)]));
}

function toDashRecord({ trainedOn, testedOn, why }: DashRow): Record<string, Field> {
  return { trained_on: trainedOn, tested_on: testedOn, note: why };
}

/** To 12 digits, so that 0.55 is 55 and not 55.00000000000001. */
function percent(share: number | null): number | null {
  return share === null ? null : Number((100 * share).toPrecision(12));
}
