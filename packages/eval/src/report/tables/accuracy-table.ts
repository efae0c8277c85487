import {
  dash,
  renderBaseline,
  renderClaim,
  renderFigureVerdict,
  renderInterval,
  renderP,
  renderPaper,
  renderPercent,
  renderPoints,
  renderSeeds,
  renderSettings,
  renderTrainSize,
} from "../../tables/render-figures.ts";
import type { CellRow, DashRow, Table } from "../../tables/view.ts";
import { toHumanDifference } from "../cell-rows.ts";
import { type Column, renderTable } from "../data-table.ts";
import { renderMark, renderShape, toMark } from "../figure.ts";
import { renderPointsRange, renderTask } from "../figures.ts";
import { html, type Insert, type Markup } from "../markup.ts";
import { lookOf } from "../palette.ts";
import { toDetailsId } from "./row-details.ts";

/** Renders Table 3 or 4. */
export function renderAccuracies({ number, title, rows }: Table): Markup {
  const students = rows.flatMap((row) => (row.kind === "cell" ? row.labels.student : []));
  return renderTable(title, toColumns(number, new Set(students).size > 1), rows, true);
}

type Row = CellRow | DashRow;

/** @param several whether students differ, so that each row names its own at once */
function toColumns(number: Table["number"], several: boolean): Column<Row>[] {
  return [
    {
      head: "Source",
      cell: (row) => (row.kind === "cell" ? renderSource(row, several) : row.why),
      sort: ifCell(({ labels }) => labels.source),
    },
    {
      head: "Trained on",
      cell: (row) => renderTask(row.kind === "cell" ? row.cell.task : row.trainedOn),
      sort: (row) => (row.kind === "cell" ? row.cell.task : row.trainedOn),
    },
    ...(number === 4 ? [toTested] : []),
    right(
      "N",
      ({ cell }) => html`${renderTrainSize(cell.train)}<small>test ${cell.test.n}</small>`,
      ({ cell }) => cell.train.n,
    ),
    right(
      "Accuracy %",
      (row) => renderAccuracy(number, row),
      ({ cell }) => cell.accuracy,
    ),
    right("Minus human", renderDifference, (row) => toHumanDifference(row)?.estimate.value ?? null),
    right(
      "Paper %",
      (row) => [renderPaper(row), renderFootnotes(number, row)],
      ({ paper }) => paper?.percent ?? null,
    ),
    {
      head: "Verdict on figure",
      cell: fromCell((row) => renderFigureVerdict(row)),
      sort: ifCell(({ paper }) => paper?.verdict ?? null),
    },
    {
      head: "on claim",
      prose: true,
      cell: fromCell(renderClaims),
      sort: ifCell((row) => toHumanDifference(row)?.verdict?.verdict ?? null),
    },
    right(
      "Seeds",
      ({ cell }) => renderSeeds(cell),
      ({ cell }) => cell.seeds,
    ),
    right("Baseline %", ({ cell }) => renderBaseline(cell.baseline)),
    { head: "Student, flags", prose: true, cell: fromCell(renderStudent) },
    { head: "Data and creator", prose: "wide", cell: fromCell(renderOrigin) },
  ];
}

const toTested: Column<Row> = {
  head: "Tested on",
  cell: (row) => {
    if (row.kind === "cell") return renderTask(row.cell.test.task);
    return row.testedOn === null ? dash : renderTask(row.testedOn);
  },
  sort: (row) => (row.kind === "cell" ? row.cell.test.task : row.testedOn),
};

function fromCell(cell: (row: CellRow) => Insert): (row: Row) => Insert {
  return (row) => (row.kind === "cell" ? cell(row) : dash);
}

function ifCell(sort: (row: CellRow) => number | string | null) {
  return (row: Row) => (row.kind === "cell" ? sort(row) : null);
}

function right(
  head: string,
  cell: (row: CellRow) => Insert,
  sort?: (row: CellRow) => number | string | null,
): Column<Row> {
  return { head, align: "right", cell: fromCell(cell), ...(sort && { sort: ifCell(sort) }) };
}

function renderSource({ role, labels }: CellRow, several: boolean): Insert {
  const student = several && html`<small>${labels.student}</small>`;
  return html`${renderShape(lookOf(role))}${labels.source} ${renderMark(toMark([labels.originWord]))}${student}`;
}

function renderAccuracy(number: Table["number"], { cell, labels }: CellRow): Insert {
  const id = toDetailsId(number, cell.id);
  const name = `${renderPercent(cell.accuracy)}: ${labels.source}, what is behind it`;
  const without =
    cell.withoutCollapsed === null
      ? null
      : html`<small>${renderPercent(cell.withoutCollapsed)} without collapsed</small>`;
  return html`<button type="button" class="cell" popovertarget="${id}" aria-label="${name}">${renderPercent(cell.accuracy)}</button><small>${renderInterval(cell.interval)}</small>${without}`;
}

function renderDifference(row: CellRow): Insert {
  const difference = toHumanDifference(row);
  if (!difference) return dash;
  const { estimate, adjustedP, p, minimumDetectable } = difference;
  const tested = `p ${renderP(adjustedP ?? p)}; MDE ${renderPercent(minimumDetectable, 1)}`;
  return html`${renderPoints(estimate.value)}<small>${renderPointsRange(estimate)}</small><small>${tested}</small>`;
}

/** Created minus human; below it, of a tree, tree minus the other settings. */
function renderClaims(row: CellRow): Insert {
  const difference = toHumanDifference(row);
  const settings = row.toSettings.length > 0 && html`<small>minus ${renderSettings(row)}</small>`;
  return html`${difference ? renderClaim(difference) : dash}${settings}`;
}

function renderFootnotes(number: Table["number"], { footnotes }: CellRow): Insert {
  return footnotes.map(
    (place) =>
      html`<sup><a href="#note-${number}-${place}" aria-label="footnote ${place + 1}">${place + 1}</a></sup>`,
  );
}

function renderStudent({ labels }: CellRow): Insert {
  return html`${labels.student}${labels.flags && html`<small>${labels.flags}</small>`}`;
}

function renderOrigin({ labels, differs }: CellRow): Insert {
  const differing = differs.join("; ");
  return html`${labels.origin}${differing && html`<small>differs from the paper in: ${differing}</small>`}`;
}
