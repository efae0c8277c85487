import { sources } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";
import type { AccuracyTable, Analysis } from "../../tables/analysis.ts";
import { pickCellRows } from "../cell-rows.ts";
import { renderMissing, type Section } from "../section.ts";
import { renderAccuracies } from "./accuracy-table.ts";
import { renderBest, renderComponents, renderControls } from "./beside-tables.ts";
import { renderCosts } from "./cost-table.ts";
import { renderRowDetails } from "./row-details.ts";

/** The paper's tables with our figures, each figure with what is behind it. */
export function toTablesSection(view: Analysis): Section {
  const { tables, table5, controls, best, components } = view;
  const rows = [...pickCellRows(tables[3]), ...pickCellRows(tables[4])];
  const humans = new Set(
    rows.filter(({ cell }) => sources[cell.source].isHuman).map(({ cell }) => cell.id),
  );
  const body = html`<p>An accuracy opens what is behind it: its runs, further measures, and all its comparisons. Heads sort; a third time brings the first order back.</p>
${renderOne(tables[3], "--data boolq --setting all")}
${renderOne(tables[4], "--data boolq --setting all")}
${renderCosts(table5)}
${controls.length > 0 ? renderControls(controls) : renderMissing("Controls: none yet.", "--experiment controls")}
${best.length > 0 && renderBest(best, humans)}
${components.length > 0 && renderComponents(components)}`;
  return {
    id: "tables",
    name: "Tables 3, 4, 5",
    title: "What are the figures, beside the paper's?",
    body,
  };
}

function renderOne(table: AccuracyTable, flags: string): Markup {
  const rows = pickCellRows(table);
  if (rows.length === 0) return renderMissing(`${table.title}: no row yet.`, flags);
  return html`<h3>${table.title}</h3>
${renderAccuracies(table)}
${rows.map((row) => renderRowDetails(table.number, row))}
<ol class="notes" aria-label="Footnotes">${table.footnotes.map(
    (note, i) => html`<li id="note-${table.number}-${i}">${note}</li>`,
  )}</ol>
<ul class="notes">${table.notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}
