import { html, type Insert, type Markup } from "../../render/markup.ts";
import type { AccuracyTable, CellRow } from "../../tables/analysis.ts";
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
import { renderBadge } from "../page/parts.ts";
import { formatTask } from "./rows.ts";

/** The id of what an accuracy opens. */
export function formatDetailsId(number: AccuracyTable["number"], cell: string): string {
  return `behind-${number}-${cell}`;
}

/** What is behind an accuracy: its runs by their paths, more metrics, every comparison. */
export function renderRowDetails(number: AccuracyTable["number"], row: CellRow): Markup {
  const { cell, labels } = row;
  const tested = cell.test.kind === "in-domain" ? "" : ` on ${formatTask(cell.test.task)}`;
  const id = formatDetailsId(number, cell.id);
  const facts = [...listMetrics(row), ...listComparisons(row), ...listConditions(row)];
  const shown = facts.filter(([, fact]) => fact !== null && fact !== false);
  return html`<div popover id="${id}" role="dialog" aria-label="Details">
<h3>${formatTask(cell.task)}${tested}, ${labels.source} ${renderBadge([labels.originWord])}</h3>
<dl>${shown.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>
<h4>Runs, by their paths in results</h4>
<ul class="runs">${cell.runs.map(renderRun)}</ul>
<button type="button" popovertarget="${id}" popovertargetaction="hide">Close</button>
</div>\n`;
}

/** A name and what is said of it; `null` and `false` are left out. */
type Fact = [name: string, fact: Insert];

function listMetrics({ cell }: CellRow): Fact[] {
  const { metrics, exact, collapsed, withoutCollapsed, withoutDevShared, withoutContaminated } =
    cell;
  const others =
    withoutCollapsed === null ? "" : `; mean of the others ${renderPercent(withoutCollapsed)} %`;
  return [
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
    ["Clopper-Pearson", exact && renderInterval(exact)],
    [
      "Collapsed",
      collapsed > 0 && `${collapsed} of ${cell.seeds} runs gave one answer for everything${others}`,
    ],
    ["Test items", cell.test.n],
    ["Dev accuracy", `${formatMetric(cell.devAccuracy)} (${cell.dev.source})`],
    ["Macro-F1", formatMetric(metrics.macroF1)],
    ["Balanced accuracy", formatMetric(metrics.balancedAccuracy)],
    ["Matthews", metrics.matthews === null ? dash : metrics.matthews.toFixed(3)],
    ["Calibration error", formatMetric(metrics.calibrationError)],
    ["Without contaminated items", withoutContaminated && renderFewerItems(withoutContaminated)],
    ["Without items shared with dev", withoutDevShared && renderFewerItems(withoutDevShared)],
  ];
}

function listComparisons(row: CellRow): Fact[] {
  return [...toHumanList(row), ...row.toSettings].map((difference): Fact => {
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
  });
}

function listConditions({ cell, labels, paper, differs }: CellRow): Fact[] {
  const prediction =
    paper &&
    `${paper.percent.toFixed(2)} %; our 95 % prediction for one more run ${renderInterval(paper.prediction)}${paper.prediction.seedsKnown ? "" : ", from items alone"}`;
  return [
    ["Paper", prediction],
    ["Differs from the paper in", differs.length > 0 && differs.join("; ")],
    ["Stale", cell.stale > 0 && `${cell.stale} runs: their test file has changed since`],
    ["Repeat", cell.repeat && "another row of the same flags has its seeds"],
    ["Classifier", labels.student],
    ["Flags", labels.flags || "all at their defaults"],
    ["Data and creator", labels.origin],
  ];
}

function renderFewerItems({ accuracy, leftOut }: { accuracy: number; leftOut: number }): string {
  return `${renderPercent(accuracy)} % (${Number(leftOut.toFixed(1))} items left out)`;
}

function renderRun(run: CellRow["cell"]["runs"][number]): Markup {
  const { path, training, creation, seeds, accuracy, devAccuracy, collapsed, stale } = run;
  const notes = [collapsed && "collapsed", stale && "stale"].filter(Boolean).join(", ");
  const named = Object.entries(seeds).map(([name, seed]) => `${name} ${seed}`);
  const folders = [path, training, creation].filter((folder) => folder !== null);
  return html`<li>${renderPercent(accuracy)} % (dev ${formatMetric(devAccuracy)}), seeds: ${named.join(", ")}${notes && `, ${notes}`}
${folders.map((folder) => html`<br><code>${folder}</code>`)}</li>`;
}

function formatMetric(fraction: number | null): string {
  return fraction === null ? dash : `${renderPercent(fraction, 1)} %`;
}
