import { html, type Insert, type Markup } from "../../render/markup.ts";
import type { AccuracyTable, CellRow, RowDifference } from "../../tables/analysis.ts";
import {
  dash,
  renderClaim,
  renderInterval,
  renderP,
  renderPaperDifference,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../../tables/numbers.ts";
import { toHumanList } from "../../tables/to-rows.ts";
import { renderMark, toMark } from "../figure.ts";
import { renderTask } from "../figures.ts";

/** The id of what an accuracy opens. */
export function toDetailsId(number: AccuracyTable["number"], cell: string): string {
  return `behind-${number}-${cell}`;
}

/** What is behind an accuracy: its runs by their paths, further measures, every comparison. */
export function renderRowDetails(number: AccuracyTable["number"], row: CellRow): Markup {
  const { cell, labels } = row;
  const tested = cell.test.kind === "in-domain" ? "" : ` on ${renderTask(cell.test.task)}`;
  const id = toDetailsId(number, cell.id);
  return html`<div popover id="${id}" role="dialog" aria-label="Behind the figure">
<h3>${renderTask(cell.task)}${tested}, ${labels.source} ${renderMark(toMark([labels.originWord]))}</h3>
<dl>${toFacts(row).map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>
<h4>Runs, by their paths in results</h4>
<ul class="runs">${cell.runs.map(renderRun)}</ul>
<button type="button" popovertarget="${id}" popovertargetaction="hide">Close</button>
</div>\n`;
}

function toFacts(row: CellRow): [string, Insert][] {
  const { cell, labels, paper, differs, toSettings } = row;
  const { metrics, exact, withoutCollapsed, withoutDevShared, withoutContaminated } = cell;
  const facts: [string, Insert][] = [
    [
      "Accuracy",
      `${renderPercent(cell.accuracy)} %, 95 % interval ${renderInterval(cell.interval)}`,
    ],
    [
      "Interval",
      cell.method === "wilson"
        ? "Wilson, over items; seed variance unknown"
        : "items and seeds both sampled",
    ],
  ];
  if (exact) facts.push(["Clopper-Pearson", renderInterval(exact)]);
  if (cell.collapsed > 0)
    facts.push([
      "Collapsed",
      `${cell.collapsed} of ${cell.seeds} runs gave one answer for everything${withoutCollapsed === null ? "" : `; mean of the others ${renderPercent(withoutCollapsed)} %`}`,
    ]);
  facts.push(
    ["Test items", cell.test.n],
    ["Dev accuracy", `${orDash(cell.devAccuracy)} (${cell.dev.source})`],
    ["Macro-F1", orDash(metrics.macroF1)],
    ["Balanced accuracy", orDash(metrics.balancedAccuracy)],
    ["Matthews", metrics.matthews === null ? dash : metrics.matthews.toFixed(3)],
    ["Calibration error", orDash(metrics.calibrationError)],
  );
  if (withoutContaminated)
    facts.push(["Without contaminated items", renderWithout(withoutContaminated)]);
  if (withoutDevShared)
    facts.push(["Without items shared with dev", renderWithout(withoutDevShared)]);
  facts.push(...[...toHumanList(row), ...toSettings].map(toComparison));
  if (paper)
    facts.push([
      "Paper",
      `${paper.percent.toFixed(2)} %; our 95 % prediction for one further run ${renderInterval(paper.prediction)}${paper.prediction.seedsKnown ? "" : ", from items alone"}`,
    ]);
  if (differs.length > 0) facts.push(["Differs from the paper in", differs.join("; ")]);
  if (cell.stale > 0)
    facts.push(["Stale", `${cell.stale} runs: their test file has changed since`]);
  if (cell.repeat) facts.push(["Repeat", "its seeds stand in another row of the same flags"]);
  facts.push(
    ["Student", labels.student],
    ["Flags", labels.flags || "all at their defaults"],
    ["Data and creator", labels.origin],
  );
  return facts;
}

function toComparison(difference: RowDifference): [string, Insert] {
  const { against, estimate, p, adjustedP, test, minimumDetectable, paper, verdict } = difference;
  const parts = [
    `${renderPoints(estimate.value)} points (${renderPointsRange(estimate)})`,
    `p ${renderP(p)} (${test})`,
    adjustedP !== null && `by Holm ${renderP(adjustedP)}`,
    `detectable at this n: ${renderPercent(minimumDetectable, 1)} points`,
    paper !== null && `paper ${renderPaperDifference(difference)}`,
    verdict && `claim ${renderClaim(difference)}`,
  ];
  return [`Minus ${against.label}, N ${against.n}`, parts.filter(Boolean).join("; ")];
}

function renderWithout({ accuracy, leftOut }: { accuracy: number; leftOut: number }): string {
  return `${renderPercent(accuracy)} % (${Number(leftOut.toFixed(1))} items left out)`;
}

function renderRun({
  path,
  training,
  creation,
  seeds,
  accuracy,
  devAccuracy,
  collapsed,
  stale,
}: CellRow["cell"]["runs"][number]): Markup {
  const notes = [collapsed && "collapsed", stale && "stale"].filter(Boolean).join(", ");
  return html`<li>${renderPercent(accuracy)} % (dev ${orDash(devAccuracy)}), seeds: ${toSeeds(seeds)}${notes && `, ${notes}`}
<br><code>${path}</code>${training && html`<br><code>${training}</code>`}${creation && html`<br><code>${creation}</code>`}</li>`;
}

/** `example 1, creation 1, train 2`: of what each is the seed. */
function toSeeds(seeds: CellRow["cell"]["runs"][number]["seeds"]): string {
  return Object.entries(seeds)
    .map(([name, seed]) => `${name} ${seed}`)
    .join(", ");
}

function orDash(share: number | null): string {
  return share === null ? dash : `${renderPercent(share, 1)} %`;
}
