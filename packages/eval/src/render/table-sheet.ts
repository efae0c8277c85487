import type {
  AccuracyRow,
  AccuracyTable,
  CellRow,
  DashRow,
  RowDifference,
} from "../tables/analysis.ts";
import type { WithoutItems } from "../tables/cell.ts";
import {
  dash,
  renderBaseline,
  renderClaim,
  renderFigureVerdict,
  renderInterval,
  renderMarked,
  renderMeans,
  renderP,
  renderPaper,
  renderPercent,
  renderPoints,
  renderSeedCount,
  renderSettings,
  renderStarred,
  renderTrainSize,
} from "../tables/numbers.ts";
import { toHumanList } from "../tables/to-rows.ts";
import { type ColumnOf, left, right, type TextTable, toSheet } from "./sheet.ts";

/** A table in full, a row for each cell. */
export function toFullSheet({ title, rows, notes, footnotes }: AccuracyTable): TextTable {
  const numbered = footnotes.map((text, place) => `${renderFootnoteMark(place)} ${text}`);
  const empty = "No evaluations yet.";
  return toSheet({ title, empty, notes: [...notes, ...numbered] }, columns, rows);
}

const columns: readonly ColumnOf<AccuracyRow>[] = [
  left("Trained on", (row) => (row.kind === "cell" ? row.cell.task : row.trainedOn)),
  left("Tested on", (row) => (row.kind === "cell" ? row.labels.test : (row.testedOn ?? dash))),
  left(
    "Source",
    ofCell(({ cell, labels }) => renderMarked(labels.source, cell)),
  ),
  right(
    "Train N",
    ofCell(({ cell }) => renderTrainSize(cell.train)),
  ),
  right(
    "Test n",
    ofCell(({ cell }) => String(cell.test.n)),
  ),
  right(
    "Accuracy %",
    ofCell(({ cell }) => renderMeans(cell)),
  ),
  right(
    "95% interval",
    ofCell(({ cell }) => renderInterval(cell.interval)),
  ),
  right(
    "Clopper-Pearson",
    optional(({ cell }) => (cell.exact ? renderInterval(cell.exact) : "")),
  ),
  right(
    "Seeds",
    ofCell(({ cell }) => renderSeedCount(cell)),
  ),
  right(
    "Baseline %",
    ofCell(({ cell }) => renderBaseline(cell.baseline)),
  ),
  right(
    "Minus human",
    optional((row) => renderEach(row, renderStarred)),
  ),
  right(
    "p (Holm)",
    optional((row) => renderEach(row, renderAdjusted)),
  ),
  right(
    "MDE",
    optional((row) => renderEach(row, renderDetectable)),
  ),
  left(
    "Claim",
    optional((row) => renderEach(row, renderClaim)),
  ),
  left(
    "Tree minus others",
    optional((row) => (row.toSettings.length > 0 ? renderSettings(row) : "")),
  ),
  right(
    "Paper %",
    ofCell(
      (row) =>
        renderPaper(row) + row.footnotes.map((place) => ` ${renderFootnoteMark(place)}`).join(""),
    ),
  ),
  left("Figure", ofCell(renderFigureVerdict)),
  right(
    "Macro-F1 %",
    optional(({ cell }) => toPercent(cell.metrics.macroF1)),
  ),
  right(
    "Balanced %",
    optional(({ cell }) => toPercent(cell.metrics.balancedAccuracy)),
  ),
  right(
    "Matthews",
    optional(({ cell }) => cell.metrics.matthews?.toFixed(3) ?? ""),
  ),
  right(
    "ECE %",
    optional(({ cell }) => toPercent(cell.metrics.calibrationError)),
  ),
  right(
    "Without contaminated %",
    optional(({ cell }) => renderWithout(cell.withoutContaminated)),
  ),
  right(
    "Without items shared with dev %",
    optional(({ cell }) => renderWithout(cell.withoutDevShared)),
  ),
  right(
    "Dev %",
    ofCell(({ cell }) => toDev(cell)),
  ),
  left(
    "Student",
    ofCell(({ labels }) => labels.student),
  ),
  left(
    "Flags",
    optional(({ labels }) => labels.flags),
  ),
  left("Data and creator", (row) => (row.kind === "cell" ? row.labels.origin : row.why)),
  left(
    "Differs from the paper in",
    optional(({ differs }) => differs.join(", ")),
  ),
  left(
    "Stale",
    optional(({ cell }) => (cell.stale > 0 ? `${cell.stale} of ${cell.seeds}` : "")),
  ),
];

/** A footnote's number: `[1]`. */
export function renderFootnoteMark(place: number): string {
  return `[${place + 1}]`;
}

function ofCell(text: (row: CellRow) => string): (row: AccuracyRow) => string {
  return (row: CellRow | DashRow) => (row.kind === "cell" ? text(row) || dash : dash);
}

/** As `ofCell`; where no row says anything, the column is left out. */
function optional(text: (row: CellRow) => string): (row: AccuracyRow) => string {
  return (row: CellRow | DashRow) => (row.kind === "cell" ? text(row) : "");
}

/** One for each human row that is compared with; its N is named where it is not the row's own. */
function renderEach(row: CellRow, text: (one: RowDifference) => string): string {
  const texts = toHumanList(row).map((one) => {
    const other = one.against.n === row.cell.train.n ? "" : ` at N ${one.against.n}`;
    return text(one) === dash ? "" : `${text(one)}${other}`;
  });
  return texts.filter(Boolean).join("; ");
}

function renderAdjusted({ adjustedP }: RowDifference): string {
  return adjustedP === null ? dash : renderP(adjustedP);
}

function renderDetectable({ minimumDetectable }: RowDifference): string {
  return renderPoints(minimumDetectable).slice(1);
}

function renderWithout(without: WithoutItems | null): string {
  return without ? `${renderPercent(without.accuracy)} (−${Math.round(without.leftOut)})` : "";
}

function toPercent(share: number | null): string {
  return share === null ? "" : renderPercent(share);
}

function toDev({ dev, devAccuracy }: CellRow["cell"]): string {
  return devAccuracy === null ? dash : `${dev.source} ${renderPercent(devAccuracy)}`;
}
