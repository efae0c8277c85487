import { html, type Markup } from "../render/markup.ts";
import { groupBy } from "../statistics/group-by.ts";
import type { Analysis, Figure5Series } from "../tables/analysis.ts";
import { renderInterval, renderPercent } from "../tables/numbers.ts";
import { drawLines } from "./charts/line-chart.ts";
import { renderTable } from "./data-table.ts";
import { renderFigure, toMark } from "./figure.ts";
import { renderTask } from "./figures.ts";
import { lookOf } from "./palette.ts";
import { renderMissing, type Section } from "./section.ts";

/** Accuracy by the share of the training data. */
export function toFigure5Section({ figure5 }: Analysis): Section {
  const section = { id: "figure5", name: "Figure 5", title: "How much data does it take?" };
  // A line needs two points.
  const drawn = figure5.series.filter(({ points }) => points.length > 1);
  if (drawn.length === 0) {
    const missing = "Figure 5 needs runs that differ only in --fraction.";
    return {
      ...section,
      body: renderMissing(missing, "--data boolq --setting human,tree --fraction 0.5"),
    };
  }
  const charts = [...groupBy(drawn, toChart).values()];
  const body = html`${charts.map(renderChart)}
<ul class="notes">${figure5.notes.map((note) => html`<li>${note}</li>`)}</ul>`;
  return { ...section, body };
}

/** What the lines of one chart have in common. */
function toChart({ task, test, labels, sample, fractionBy }: Figure5Series): string {
  return JSON.stringify([task, test, labels.student, sample, fractionBy]);
}

function renderChart(series: readonly Figure5Series[], at: number): Markup {
  const [{ task, test, labels, fractionBy }] = series as [Figure5Series];
  const tested = test === task ? "" : `, tested on ${renderTask(test)}`;
  const title = `Accuracy by share of the training data: ${renderTask(task)}${tested}, ${labels.student}`;
  const id = `figure5-${at}`;
  const ours = series.map(({ source, points }) => ({
    look: lookOf(source),
    points: points.map(({ fraction, accuracy, interval }) => ({
      x: fraction,
      y: 100 * accuracy,
      low: 100 * interval.low,
      high: 100 * interval.high,
    })),
  }));
  const papers = series
    .filter(({ paper }) => paper.length > 0)
    .map(({ source, paper }) => ({
      look: lookOf(source),
      dashed: true,
      points: paper.map(([x, y]) => ({ x, y })),
    }));
  const rows = series.flatMap((one) => one.points.map((point) => ({ one, point })));
  return renderFigure({
    id,
    title,
    mark: toMark(series.map((one) => one.labels.originWord)),
    legend: series.map((one) => ({ label: toName(one, series), look: lookOf(one.source) })),
    rooms: "both",
    draw: (room) =>
      drawLines(
        id,
        {
          lines: [...ours, ...papers],
          x: { name: "share of the training data", type: "value", zero: true },
          y: { name: "accuracy, %" },
        },
        room,
      ),
    note: `95 % intervals. ${fractionBy === "prefix" ? "The first examples of each set." : "Drawn with the train seed."}${papers.length > 0 ? " Dashed: the paper's." : ""}`,
    table: renderTable(
      title,
      [
        { head: "Source", cell: ({ one }) => toName(one, series), sort: ({ one }) => one.source },
        {
          head: "Share",
          align: "right",
          cell: ({ point }) => point.fraction,
          sort: ({ point }) => point.fraction,
        },
        { head: "N", align: "right", cell: ({ point }) => point.n, sort: ({ point }) => point.n },
        { head: "Seeds", align: "right", cell: ({ point }) => point.seeds },
        {
          head: "Accuracy %",
          align: "right",
          cell: ({ point }) => renderPercent(point.accuracy),
          sort: ({ point }) => point.accuracy,
        },
        {
          head: "95 % interval",
          align: "right",
          cell: ({ point }) => renderInterval(point.interval),
        },
      ],
      rows,
    ),
  });
}

/** A source's name, with its flags where another line has the same. */
function toName({ source, labels }: Figure5Series, all: readonly Figure5Series[]): string {
  const alone = all.filter((one) => one.source === source).length === 1;
  return alone ? labels.source : [labels.source, labels.flags].filter(Boolean).join(", ");
}
