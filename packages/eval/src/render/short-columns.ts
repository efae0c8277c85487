import type { CellRow, RowDifference } from "../tables/analysis.ts";
import {
  dash,
  renderClaim,
  renderFigureVerdict,
  renderInterval,
  renderMarked,
  renderMeans,
  renderP,
  renderPaper,
  renderPaperDifference,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../tables/numbers.ts";
import { type ColumnOf, left, right } from "./sheet.ts";
import type { FigureLine } from "./short-lines.ts";

const source = left(
  "source",
  ofBoth(toSource, ({ against }) => `minus ${toShort(against.label)}`),
);
const size = right(
  "N",
  ofBoth(
    ({ cell: { train } }) =>
      train.n < train.target ? `${train.n}/${train.target}` : String(train.n),
    ({ against }) => String(against.n),
  ),
);
const accuracy = right(
  "acc %",
  ofBoth(({ cell }) => renderPercent(cell.accuracy), toGain),
);
const interval = right(
  "95 %",
  ofBoth(
    ({ cell }) => renderInterval(cell.interval),
    ({ estimate }) => renderPointsRange(estimate),
  ),
);
const seeds = right("seeds", ofBoth(toSeeds, none));
const adjustedP = right(
  "p",
  ofBoth(none, ({ adjustedP }) => (adjustedP === null ? dash : renderP(adjustedP))),
);
const paper = right("paper", ofBoth(renderPaper, renderPaperDifference));
const verdict = left(
  "verdict",
  ofBoth(
    (row) => withoutDash(renderFigureVerdict(row)),
    (one) => withoutDash(renderClaim(one)),
  ),
);

/** The key figures, narrow enough for a terminal. */
export const terminalColumns: readonly ColumnOf<FigureLine>[] = [
  source,
  size,
  accuracy,
  interval,
  seeds,
  adjustedP,
  paper,
  verdict,
];

/** The same for a page, where there is room for what could be found, and for the mean without collapsed runs. */
export const pageColumns: readonly ColumnOf<FigureLine>[] = [
  source,
  size,
  right(
    "acc %",
    ofBoth(({ cell }) => renderMeans(cell), toGain),
  ),
  interval,
  seeds,
  right("p (Holm)", adjustedP.text),
  right(
    "MDE",
    ofBoth(none, ({ minimumDetectable }) => renderPoints(minimumDetectable).slice(1)),
  ),
  paper,
  verdict,
];

/** A column's text of a row, and of a difference that stands under one. */
function ofBoth(ofRow: (row: CellRow) => string, ofDifference: (one: RowDifference) => string) {
  return (line: FigureLine) =>
    line.kind === "row" ? ofRow(line.row) : ofDifference(line.difference);
}

/** Runs, `=` if they all answer alike, `c` those that collapsed: `3`, `3=`, `3 1c`. */
function toSeeds({ cell: { seeds, sameAnswers, collapsed } }: CellRow): string {
  return `${seeds}${sameAnswers ? "=" : ""}${collapsed > 0 ? ` ${collapsed}c` : ""}`;
}

/** Controls in a word. */
const controls: Record<string, string> = {
  "labels shuffled": "shuffled",
  "options alone": "options",
};

function toSource({ cell, labels, role, control }: CellRow): string {
  const short = control === null ? undefined : controls[control];
  return renderMarked(short === undefined ? labels.source : `${role}, ${short}`, cell);
}

/** `human` of `human, same N`: the N stands beside it. */
function toShort(label: string): string {
  return label.replace(/, same N$/, "");
}

function toGain({ estimate }: RowDifference): string {
  return renderPoints(estimate.value);
}

function none(): string {
  return "";
}

function withoutDash(text: string): string {
  return text === dash ? "" : text;
}
