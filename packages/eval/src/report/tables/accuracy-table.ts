import { html, type Insert, type Markup } from "../../render/markup.ts";
import type { AccuracyTable, CellRow, DashRow, RowDifference } from "../../tables/analysis.ts";
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
  renderPointsRange,
  renderTrainSize,
} from "../../tables/numbers.ts";
import { type Column, renderTable } from "../data-table.ts";
import { renderMark, renderShape, toMark } from "../figure.ts";
import { renderTested } from "../figures.ts";
import { lookOf } from "../palette.ts";
import { toDetailsId } from "./row-details.ts";

/** Renders Table 3 or 4. */
export function renderAccuracies({ number, title, rows }: AccuracyTable): Markup {
  const students = rows.flatMap((row) => (row.kind === "cell" ? row.labels.student : []));
  return renderTable(title, toColumns(number, new Set(students).size > 1), rows, true);
}

type Row = CellRow | DashRow;

/**
 * What a reader needs first comes first, and has room on a desk's screen; what it was made with is last.
 * @param several whether students differ, so that each row names its own at once
 */
function toColumns(number: AccuracyTable["number"], several: boolean): Column<Row>[] {
  return [
    {
      head: "Source, task",
      prose: "short",
      cell: (row) => (row.kind === "cell" ? renderSource(row, several) : renderDash(row)),
      sort: ifCell(({ labels }) => labels.source),
    },
    right(
      "Accuracy %",
      (row) => renderOpening(number, row),
      ({ cell }) => cell.accuracy,
    ),
    right(
      "N",
      ({ cell }) => html`${renderTrainSize(cell.train)}<small>test ${cell.test.n}</small>`,
      ({ cell }) => cell.train.n,
    ),
    right(
      "Minus human, same N",
      ({ toHuman }) => renderCompared(toHuman.sameN),
      ({ toHuman }) => toHuman.sameN?.estimate.value ?? null,
    ),
    right(
      "Minus human, largest",
      ({ toHuman: { largest, largestIsFull } }) => [
        renderCompared(largest),
        largest && !largestIsFull && html`<small>largest run: N ${largest.against.n}</small>`,
      ],
      ({ toHuman }) => toHuman.largest?.estimate.value ?? null,
    ),
    right(
      "Paper %",
      (row) => [renderPaper(row), renderFootnotes(number, row)],
      ({ paper }) => paper?.percent ?? null,
    ),
    {
      head: "Paper's figure",
      cell: fromCell((row) => renderFigureVerdict(row)),
      sort: ifCell(({ paper }) => paper?.verdict ?? null),
    },
    right("Seeds", renderRuns, ({ cell }) => cell.seeds),
    {
      ...right("Baseline %", ({ cell }) => renderBaseline(cell.baseline)),
      prose: "short",
    },
    { head: "Minus other settings", prose: "short", cell: fromCell(renderOthers) },
    { head: "Student, data, creator", prose: "wide", cell: fromCell(renderConditions) },
  ];
}

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

function renderSource({ role, labels, cell }: CellRow, several: boolean): Insert {
  const student = several && html`<small>${labels.student}</small>`;
  return html`${renderShape(lookOf(role))}${labels.source} ${renderMark(toMark([labels.originWord]))}<small>${renderTested(cell.task, cell.test.task)}</small>${student}`;
}

function renderDash({ trainedOn, testedOn, why }: DashRow): Insert {
  return html`${why}<small>${renderTested(trainedOn, testedOn ?? trainedOn)}</small>`;
}

/** The accuracy, its interval, and where there are any: without collapsed runs, without items that were seen. */
function renderOpening(number: AccuracyTable["number"], { cell, labels }: CellRow): Insert {
  const { accuracy, interval, withoutCollapsed, withoutDevShared, withoutContaminated } = cell;
  const id = toDetailsId(number, cell.id);
  const name = `${renderPercent(accuracy)}: ${labels.source}, what is behind it`;
  const without = [
    withoutCollapsed !== null && `${renderPercent(withoutCollapsed)} without collapsed`,
    withoutDevShared && `${renderWithout(withoutDevShared)} in dev`,
    withoutContaminated && `${renderWithout(withoutContaminated)} contaminated`,
  ].filter((one) => typeof one === "string");
  return html`<button type="button" class="cell" popovertarget="${id}" aria-label="${name}">${renderPercent(accuracy)}</button><small>${renderInterval(interval)}</small>${without.map((one) => html`<small class="wraps">${one}</small>`)}`;
}

function renderWithout({ accuracy, leftOut }: { accuracy: number; leftOut: number }): string {
  return `${renderPercent(accuracy)} without ${Number(leftOut.toFixed(1))}\u00a0items`;
}

/** Points, starred where the adjusted p is below 0.05; the interval; that p, and what would be found; the claim. */
function renderCompared(difference: RowDifference | null): Insert {
  if (!difference) return dash;
  const { estimate, adjustedP, p, minimumDetectable, verdict } = difference;
  const star = adjustedP !== null && adjustedP < 0.05 ? "*" : "";
  const tested = `p ${renderP(adjustedP ?? p)}; MDE ${renderPercent(minimumDetectable, 1)}`;
  const claim = verdict && html`<small>claim: <b>${renderClaim(difference)}</b></small>`;
  return html`${renderPoints(estimate.value)}${star}<small>${renderPointsRange(estimate)}</small><small>${tested}</small>${claim}`;
}

/** A tree minus each other created setting, with the claim. */
function renderOthers({ toSettings }: CellRow): Insert {
  if (toSettings.length === 0) return dash;
  return toSettings.map((difference) => {
    const { against, estimate, verdict } = difference;
    const claim = verdict && html`, <b>${renderClaim(difference)}</b>`;
    return html`<small>${against.label} ${renderPoints(estimate.value)} (${renderPointsRange(estimate)})${claim}</small>`;
  });
}

/** Links to the notes below, so far apart that two do not read as one number. */
function renderFootnotes(number: AccuracyTable["number"], { footnotes }: CellRow): Insert {
  if (footnotes.length === 0) return null;
  const links = footnotes.map((place, i) => [
    i > 0 && ", ",
    html`<a class="footnote" href="#note-${number}-${place}" aria-label="footnote ${place + 1}">${place + 1}</a>`,
  ]);
  return html`<small>note ${links}</small>`;
}

function renderRuns({ cell: { seeds, sameAnswers, collapsed } }: CellRow): Insert {
  const some = collapsed > 0 && html`<small>${collapsed} collapsed</small>`;
  return html`${seeds}${sameAnswers && "="}${some}`;
}

function renderConditions({ labels, differs }: CellRow): Insert {
  const { student, flags, origin } = labels;
  const differing = differs.join("; ");
  return html`${[student, flags, origin].filter(Boolean).join("; ")}${differing && html`<small>differs from the paper in: ${differing}</small>`}`;
}
