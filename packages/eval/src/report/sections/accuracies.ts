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
import { lookOf, renderShape } from "../charts/looks.ts";
import { type PageColumn, renderPageTable } from "../page/page-table.ts";
import { renderBadge } from "../page/parts.ts";
import { formatDetailsId } from "./row-details.ts";
import { formatTasks } from "./rows.ts";

type AccuracyRow = CellRow | DashRow;

/** Renders Table 3 or 4: what a reader needs first comes first, and what a row was made with is last. */
export function renderAccuracies({ number, title, rows }: AccuracyTable): Markup {
  const classifiers = rows.flatMap((row) => (row.kind === "cell" ? row.labels.student : []));
  const several = new Set(classifiers).size > 1;
  const columns: PageColumn<AccuracyRow>[] = [
    {
      head: "Source, task",
      layout: "prose short",
      cell: (row) => (row.kind === "cell" ? renderSource(row, several) : renderDashRow(row)),
      sort: (row) => (row.kind === "cell" ? row.labels.source : null),
    },
    cellColumn(
      "Accuracy %",
      (row) => renderAccuracy(number, row),
      ({ cell }) => cell.accuracy,
    ),
    cellColumn(
      "N",
      ({ cell }) => html`${renderTrainSize(cell.train)}<small>test ${cell.test.n}</small>`,
      ({ cell }) => cell.train.n,
    ),
    cellColumn(
      "Minus human, same N",
      ({ toHuman }) => renderDifference(toHuman.sameN),
      ({ toHuman }) => toHuman.sameN?.estimate.value ?? null,
    ),
    cellColumn(
      "Minus human, largest",
      ({ toHuman: { largest, largestIsFull } }) => [
        renderDifference(largest),
        largest && !largestIsFull && html`<small>largest run: N ${largest.against.n}</small>`,
      ],
      ({ toHuman }) => toHuman.largest?.estimate.value ?? null,
    ),
    cellColumn(
      "Paper %",
      (row) => [renderPaper(row), renderFootnoteLinks(number, row)],
      ({ paper }) => paper?.percent ?? null,
    ),
    cellColumn("Paper's number", renderFigureVerdict, ({ paper }) => paper?.verdict ?? null),
    cellColumn("Seeds", renderSeedCount, ({ cell }) => cell.seeds),
    {
      ...cellColumn("Baseline %", ({ cell }) => renderBaseline(cell.baseline)),
      layout: "right short",
    },
    { ...cellColumn("Minus other settings", renderSettingDifferences), layout: "prose short" },
    { ...cellColumn("Classifier, data, creator", renderConditions), layout: "prose wide" },
  ];
  return renderPageTable(title, columns, rows, true);
}

/** A column that only rows with an accuracy fill. */
function cellColumn(
  head: string,
  cell: (row: CellRow) => Insert,
  sort?: (row: CellRow) => number | string | null,
): PageColumn<AccuracyRow> {
  return {
    head,
    layout: "right",
    cell: (row) => (row.kind === "cell" ? cell(row) : dash),
    ...(sort && { sort: (row) => (row.kind === "cell" ? sort(row) : null) }),
  };
}

function renderSource({ role, labels, cell }: CellRow, withClassifier: boolean): Insert {
  const classifier = withClassifier && html`<small>${labels.student}</small>`;
  return html`${renderShape(lookOf(role))}${labels.source} ${renderBadge([labels.originWord])}<small>${formatTasks(cell.task, cell.test.task)}</small>${classifier}`;
}

function renderDashRow({ trainedOn, testedOn, why }: DashRow): Insert {
  return html`${why}<small>${formatTasks(trainedOn, testedOn ?? trainedOn)}</small>`;
}

/** The accuracy, its interval, and where there are any: without collapsed runs, without items seen before. */
function renderAccuracy(number: AccuracyTable["number"], { cell, labels }: CellRow): Insert {
  const { accuracy, interval, withoutCollapsed, withoutDevShared, withoutContaminated } = cell;
  const id = formatDetailsId(number, cell.id);
  const name = `${renderPercent(accuracy)}: ${labels.source}, details`;
  const without = [
    withoutCollapsed !== null && `${renderPercent(withoutCollapsed)} without collapsed`,
    withoutDevShared && `${renderWithoutItems(withoutDevShared)} in dev`,
    withoutContaminated && `${renderWithoutItems(withoutContaminated)} contaminated`,
  ];
  return html`<button type="button" class="cell" popovertarget="${id}" aria-label="${name}">${renderPercent(accuracy)}</button><small>${renderInterval(interval)}</small>${without.map((one) => one && html`<small class="wraps">${one}</small>`)}`;
}

function renderWithoutItems({ accuracy, leftOut }: { accuracy: number; leftOut: number }): string {
  return `${renderPercent(accuracy)} without ${Number(leftOut.toFixed(1))}\u00a0items`;
}

/** Points, starred where the adjusted p is below 0.05; the interval; that p, and the detectable difference; the claim. */
function renderDifference(difference: RowDifference | null): Insert {
  if (!difference) return dash;
  const { estimate, adjustedP, p, minimumDetectable, verdict } = difference;
  const star = adjustedP !== null && adjustedP < 0.05 ? "*" : "";
  const tested = `p ${renderP(adjustedP ?? p)}; MDE ${renderPercent(minimumDetectable, 1)}`;
  const claim = verdict && html`<small>claim: <b>${renderClaim(difference)}</b></small>`;
  return html`${renderPoints(estimate.value)}${star}<small>${renderPointsRange(estimate)}</small><small>${tested}</small>${claim}`;
}

/** A tree minus each other created setting, with the claim. */
function renderSettingDifferences({ toSettings }: CellRow): Insert {
  if (toSettings.length === 0) return dash;
  return toSettings.map((difference) => {
    const { against, estimate, verdict } = difference;
    const claim = verdict && html`, <b>${renderClaim(difference)}</b>`;
    return html`<small>${against.label} ${renderPoints(estimate.value)} (${renderPointsRange(estimate)})${claim}</small>`;
  });
}

/** Links to the notes below, so far apart that two do not read as one number. */
function renderFootnoteLinks(number: AccuracyTable["number"], { footnotes }: CellRow): Insert {
  if (footnotes.length === 0) return null;
  const links = footnotes.map((index, i) => [
    i > 0 && ", ",
    html`<a class="footnote" href="#note-${number}-${index}" aria-label="footnote ${index + 1}">${index + 1}</a>`,
  ]);
  return html`<small>note ${links}</small>`;
}

function renderSeedCount({ cell: { seeds, sameAnswers, collapsed } }: CellRow): Insert {
  return html`${seeds}${sameAnswers && "="}${collapsed > 0 && html`<small>${collapsed} collapsed</small>`}`;
}

function renderConditions({ labels, differs }: CellRow): Insert {
  const { student, flags, origin } = labels;
  const differing = differs.join("; ");
  return html`${[student, flags, origin].filter(Boolean).join("; ")}${differing && html`<small>differs from the paper in: ${differing}</small>`}`;
}
