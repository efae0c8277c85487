import { html, type Insert, type Markup } from "../../render/html.ts";
import type { AccuracyRow, AccuracyTable } from "../../tables/accuracy-table.ts";
import type { TableColumn } from "../../tables/column.ts";
import { renderFixedPercent, renderInterval, renderP } from "../../tables/numbers.ts";
import { renderPaperDifference } from "../../tables/row-texts.ts";
import type { CellRow } from "../../tables/rows.ts";
import { listHumanDifferences } from "../../tables/rows.ts";
import { renderBadge } from "../page/parts.ts";
import { formatTasks } from "./rows.ts";

export function formatDetailsId(number: AccuracyTable["number"], cell: string): string {
  return `details-${number}-${cell}`;
}

/** Details of an accuracy: every column of the table that has a text, tests, and the runs by their paths. */
export function renderRowDetails(
  number: AccuracyTable["number"],
  row: CellRow,
  columns: readonly TableColumn<AccuracyRow>[],
): Markup {
  const { cell, labels } = row;
  const id = formatDetailsId(number, cell.id);
  const facts: [name: string, fact: string][] = [
    ...columns.map(({ head, text }): [string, string] => [head ?? "", head ? text(row) : ""]),
    ...listTests(row),
    ["Prediction for one more run", describePrediction(row)],
    [
      "Interval",
      cell.method === "wilson"
        ? "Wilson, over items; seed variance unknown"
        : "items and seeds both sampled",
    ],
    ["Repeat", cell.repeat ? "another row of the same flags has its seeds" : ""],
  ];
  const shown = facts.filter(([, fact]) => fact);
  return html`<dialog popover id="${id}" aria-label="Details">
<button type="button" popovertarget="${id}" popovertargetaction="hide">Close</button>
<h3>${formatTasks(cell.task, cell.test.task)}, ${labels.source} ${renderBadge([labels.originWord])}</h3>
<dl>${shown.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>
<h4>Runs, by their paths in results</h4>
<ul class="runs">${cell.runs.map(renderRun)}</ul>
</dialog>\n`;
}

/** The test behind each difference, and the paper's own difference. */
function listTests(row: CellRow): [name: string, fact: string][] {
  return [...listHumanDifferences(row), ...row.toSettings].map((difference) => {
    const { against, p, test, paper } = difference;
    const printed = paper === null ? "" : `; paper ${renderPaperDifference(difference)}`;
    return [`p, minus ${against.label}, N ${against.n}`, `${renderP(p)} (${test})${printed}`];
  });
}

function describePrediction({ paper }: CellRow): string {
  if (!paper) return "";
  const { prediction } = paper;
  return `95 %: ${renderInterval(prediction)}${prediction.seedsKnown ? "" : ", from items alone"}`;
}

function renderRun(run: CellRow["cell"]["runs"][number]): Insert {
  const { path, training, creation, seeds, accuracy, devAccuracy, collapsed, stale } = run;
  const named = Object.entries(seeds).map(([name, seed]) => `${name} ${seed}`);
  const facts = [
    `${renderFixedPercent(accuracy)} %`,
    devAccuracy !== null && `dev ${renderFixedPercent(devAccuracy, 1)} %`,
    `seeds: ${named.join(", ")}`,
    collapsed && "collapsed",
    stale && "stale",
  ];
  const folders = [path, training, creation].filter((folder) => folder !== null);
  return html`<li>${facts.filter(Boolean).join(", ")}
${folders.map((folder) => html`<br><code>${folder}</code>`)}</li>`;
}
