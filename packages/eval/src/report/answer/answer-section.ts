import { html, type Insert, type Markup } from "../../render/markup.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { renderP, renderPoints, renderPointsRange } from "../../tables/numbers.ts";
import type { DomainAnswer, Equivalent, Pooled } from "../../tables/view-beside.ts";
import { margin } from "../../verdicts/judge-answer.ts";
import { pickCellRows } from "../cell-rows.ts";
import { renderTable } from "../data-table.ts";
import { renderFigure, renderMark, toMark } from "../figure.ts";
import { renderTested } from "../figures.ts";
import { renderMissing, type Section } from "../section.ts";
import { toAccuracyChart, toDifferenceChart } from "./answer-charts.ts";

/** Does created data stand in for human data here? A sentence and a chart each, and what they rest on. */
export function toAnswerSection(view: Analysis): Section {
  const [answer, ...others] = view.answers;
  const body = html`${answer ? renderAnswered(answer, view, others) : renderUnanswered(view)}
${view.pooled.length > 0 && renderPooled(view.pooled)}
${view.equivalents.length > 0 && renderEquivalents(view.equivalents)}`;
  const title = "Does created data stand in for human data here?";
  return { id: "answer", name: "Answer", title, body };
}

/** Against as many human examples, and against all of them: two questions, two sentences. */
function renderAnswered(
  answer: DomainAnswer,
  { tables }: Analysis,
  others: readonly DomainAnswer[],
): Markup {
  const { model, student, flags } = answer;
  const rows = [...pickCellRows(tables[3]), ...pickCellRows(tables[4])].filter(({ cell }) =>
    answer.cells.includes(cell.id),
  );
  const charts = (["sameN", "largest"] as const).flatMap(
    (against) => toDifferenceChart(rows, against) ?? [],
  );
  return html`${toSentences(answer).map((sentence) => html`<p class="answer">${sentence}</p>`)}
<p class="note">Created by ${model}; student ${student}${flags && `; ${flags}`}. “Stands in” means here: the
interval stays above −${100 * margin} points; “nearly”: all of it lies between that and 0. Tasks are pooled as random effects.</p>
<div class="beside">${charts.map(renderFigure)}</div>
${others.length > 0 && html`<details><summary>The answer under other conditions (${others.length})</summary><ul class="notes">${others.map(renderOther)}</ul></details>`}`;
}

function toSentences({ sameN, largest }: DomainAnswer): string[] {
  return [sameN, largest].flatMap((part) => part?.sentence ?? []);
}

function renderOther(answer: DomainAnswer): Markup {
  const { model, student, flags } = answer;
  const conditions = [model, student, flags].filter(Boolean).join("; ");
  return html`<li>${toSentences(answer).join(" ")} <small>${conditions}</small></li>`;
}

function renderUnanswered({ tables }: Analysis): Insert {
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
    {
      head: "Setting",
      cell: ({ source, sample }) => [source, " ", renderMark(sample ? "SAMPLE" : null)],
      sort: ({ source }) => source,
    },
    { head: "Against", cell: ({ against }) => against, sort: ({ against }) => against },
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
    {
      head: "Student, flags",
      prose: true,
      cell: ({ student, flags }) => [student, flags && `; ${flags}`],
    },
  ],
  pooled,
)}`;
}

function renderEquivalents(equivalents: readonly Equivalent[]): Markup {
  return html`<h3>How many human examples is a created set worth?</h3>
${renderTable(
  "Human-equivalent N",
  [
    {
      head: "Source, task",
      prose: "short",
      cell: ({ labels, task, test }) => [
        labels.source,
        " ",
        renderMark(toMark([labels.originWord])),
        html`<small>${renderTested(task, test)}</small>`,
      ],
      sort: ({ task, test, labels }) => `${task} ${test} ${labels.source}`,
    },
    { head: "Worth", prose: "short", cell: ({ sentence }) => sentence },
    {
      head: "Created N",
      align: "right",
      cell: ({ createdN }) => createdN,
      sort: ({ createdN }) => createdN,
    },
    {
      head: "Human curve, N",
      prose: "short",
      cell: ({ curve }) => curve.map(({ n }) => n).join(", "),
    },
    { head: "Student", prose: "short", cell: ({ labels }) => labels.student },
  ],
  equivalents,
  true,
)}`;
}
