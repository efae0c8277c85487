import { renderP, renderPoints } from "../../tables/render-figures.ts";
import type { Equivalent, Pooled, View } from "../../tables/view.ts";
import { pickCellRows } from "../cell-rows.ts";
import { renderTable } from "../data-table.ts";
import { renderFigure, renderMark, toMark } from "../figure.ts";
import { renderPointsRange, renderTask } from "../figures.ts";
import { html, type Insert, type Markup } from "../markup.ts";
import { renderMissing, type Section } from "../section.ts";
import { margin, renderAnswer } from "./answer.ts";
import { toAccuracyChart, toDifferenceChart } from "./answer-charts.ts";
import { type Headline, toHeadlines } from "./headline.ts";

/** Does created data stand in for human data here? One sentence, one chart, and what they rest on. */
export function toAnswerSection(view: View): Section {
  const [headline, ...others] = toHeadlines(view);
  const body = html`${headline ? renderHeadline(headline, others) : renderUnanswered(view)}
${view.pooled.length > 0 && renderPooled(view.pooled)}
${view.equivalents.length > 0 && renderEquivalents(view.equivalents)}`;
  const title = "Does created data stand in for human data here?";
  return { id: "answer", name: "Answer", title, body };
}

function renderHeadline(headline: Headline, others: readonly Headline[]): Markup {
  const { model, student, flags } = headline;
  return html`<p class="answer">${renderAnswer(headline.known)}</p>
<p class="note">Created by ${model}; student ${student}${flags && `; ${flags}`}. “Stands in” means here: the
interval stays above −${100 * margin} points. Tasks are pooled as random effects.</p>
${renderFigure(toDifferenceChart(headline))}
${others.length > 0 && html`<details><summary>The answer under other conditions (${others.length})</summary><ul class="notes">${others.map(renderOther)}</ul></details>`}`;
}

function renderOther({ known, model, student, flags }: Headline): Markup {
  const conditions = [model, student, flags].filter(Boolean).join("; ");
  return html`<li>${renderAnswer(known)} <small>${conditions}</small></li>`;
}

function renderUnanswered({ tables }: View): Insert {
  const rows = [...pickCellRows(tables[3]), ...pickCellRows(tables[4])];
  const shown = rows.filter(({ control }) => control === null);
  const human = rows.some(({ role }) => role.startsWith("human"));
  const missing = human
    ? "A human row is here; what is missing is one trained on created data, with the same student and flags."
    : "What is missing is a row trained on human data, with the same student and flags.";
  return html`<p class="answer">No answer yet.</p>
${renderMissing(missing, `--data ${toTasks(shown)} --setting ${human ? "tree" : "human"}`)}
${shown.length > 0 && renderFigure(toAccuracyChart(shown))}`;
}

function toTasks(rows: ReturnType<typeof pickCellRows>): string {
  const tasks = [...new Set(rows.map(({ cell }) => cell.task))];
  return tasks.length === 0 ? "boolq" : tasks.join(",");
}

function renderPooled(pooled: readonly Pooled[]): Markup {
  return html`<h3>Out of domain: the paper's claim</h3>
${pooled.slice(0, 1).map(({ sentence }) => html`<p>${sentence}</p>`)}
${renderTable(
  "Created minus human data over all cross-domain pairs, points of accuracy",
  [
    { head: "Setting", cell: ({ source }) => source, sort: ({ source }) => source },
    { head: "Against", cell: ({ against }) => against, sort: ({ against }) => against },
    {
      head: "Student, flags",
      prose: true,
      cell: ({ student, flags }) => [student, flags && `; ${flags}`],
    },
    {
      head: "Pairs",
      align: "right",
      cell: ({ pairs }) => pairs.length,
      sort: ({ pairs }) => pairs.length,
    },
    {
      head: "Mean",
      align: "right",
      cell: ({ mean }) => renderPoints(mean),
      sort: ({ mean }) => mean,
    },
    { head: "95 % interval", align: "right", cell: renderPointsRange },
    { head: "p", align: "right", cell: ({ p }) => renderP(p), sort: ({ p }) => p },
    { head: "", cell: ({ sample }) => renderMark(sample ? "SAMPLE" : null) },
  ],
  pooled,
)}`;
}

function renderEquivalents(equivalents: readonly Equivalent[]): Markup {
  return html`<h3>How many human examples is a created set worth?</h3>
${renderTable(
  "Human-equivalent N",
  [
    { head: "Trained on", cell: ({ task }) => renderTask(task), sort: ({ task }) => task },
    { head: "Tested on", cell: ({ test }) => renderTask(test), sort: ({ test }) => test },
    {
      head: "Source",
      cell: ({ labels }) => [labels.source, renderMark(toMark([labels.originWord]))],
    },
    {
      head: "Created N",
      align: "right",
      cell: ({ createdN }) => createdN,
      sort: ({ createdN }) => createdN,
    },
    { head: "Worth", prose: true, cell: ({ sentence }) => sentence },
    {
      head: "Human curve, N",
      prose: true,
      cell: ({ curve }) => curve.map(({ n }) => n).join(", "),
    },
    { head: "Student", prose: true, cell: ({ labels }) => labels.student },
  ],
  equivalents,
  true,
)}`;
}
