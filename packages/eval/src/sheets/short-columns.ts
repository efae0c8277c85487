import {
  dash,
  renderFigureVerdict,
  renderInterval,
  renderMarked,
  renderPaper,
  renderPercent,
  renderPoints,
  renderSeeds,
} from "../tables/render-figures.ts";
import type { CellRow, Difference, Row, Table } from "../tables/view.ts";
import { type ColumnOf, left, right } from "./sheet.ts";

/** The key figures of a cell, narrow enough for a terminal and a page. */
export const shortColumns: readonly ColumnOf<CellRow>[] = [
  left("source", toSource),
  right("N", ({ cell }) => toSize(cell.train)),
  right("acc %", ({ cell }) => renderPercent(cell.accuracy)),
  right("95 %", ({ cell }) => renderInterval(cell.interval)),
  right("seeds", ({ cell }) => renderSeeds(cell, "c")),
  right("-human", toGain),
  left("claim", ({ toHuman }) => toClaim(toHuman.sameN ?? toHuman.largest)),
  right("paper", renderPaper),
  left("", (row) => toFigure(row)),
];

/** What a row stands under: test set, its size and what needs no classifier. */
export function toHeading(number: Table["number"], row: Row): string {
  if (row.kind === "dash") return `${row.trainedOn} → ${row.testedOn ?? dash}, ${row.why}`;
  const { cell, labels } = row;
  const from = number === 4 ? `${cell.task} → ` : "";
  const sample = cell.test.data.kind === "sample" ? "SAMPLE " : "";
  const { chance, bestConstant } = cell.baseline;
  const baseline =
    chance !== null
      ? `, chance ${renderPercent(chance)}`
      : bestConstant !== null
        ? `, best constant ${renderPercent(bestConstant)}`
        : "";
  return `${from}${labels.test}, ${cell.test.n} ${sample}test items${baseline}`;
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

function toSize({ n, target }: CellRow["cell"]["train"]): string {
  return n < target ? `${n}/${target}` : String(n);
}

function toGain({ toHuman }: CellRow): string {
  const first = toHuman.sameN ?? toHuman.largest;
  if (!first) return dash;
  const found = first.adjustedP !== null && first.adjustedP < 0.05 ? "*" : "";
  return `${renderPoints(first.estimate.value)}${found}`;
}

function toClaim(difference: Difference | null): string {
  const verdict = difference?.verdict;
  if (!verdict) return dash;
  return verdict.underpowered ? "weak" : verdict.verdict;
}

function toFigure(row: CellRow): string {
  const verdict = renderFigureVerdict(row);
  return verdict === "underpowered" ? "weak" : verdict === dash ? "" : verdict;
}
