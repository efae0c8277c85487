import { group } from "d3-array";
import { renderHtmlTable } from "../../render/html.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { createFigure5Table, type Figure5Series } from "../../tables/figure5.ts";
import { drawLines } from "../charts/charts.ts";
import { looks } from "../charts/looks.ts";
import type { Commands } from "../page/commands.ts";
import {
  type Chart,
  renderCharts,
  renderMissing,
  renderNotes,
  type Section,
} from "../page/page.ts";
import { decorateRow, formatTask } from "./rows.ts";

export function createFigure5Section({ figure5 }: Analysis, commands: Commands): Section {
  // A line needs two points.
  const drawn = figure5.series.filter(({ points }) => points.length > 1);
  const charts = group(drawn, ({ task, test, labels, sample, fractionBy }) =>
    JSON.stringify([task, test, labels.student, sample, fractionBy]),
  );
  return {
    id: "figure5",
    name: "Figure 5",
    title: "How much data does it take?",
    content:
      drawn.length === 0
        ? renderMissing(
            "Figure 5 needs runs that differ only in --fraction.",
            commands.run("--setting human,tree --fraction 0.5"),
          )
        : [renderCharts([...charts.values()].map(createChart)), renderNotes(figure5.notes)],
  };
}

const figure5Cells = [
  "source",
  "flags",
  "fraction",
  "train_n",
  "seeds",
  "accuracy_percent",
  "interval_low_percent",
  "paper_percent",
];

function createChart(series: readonly Figure5Series[], index: number): Chart {
  const [{ task, test, labels, fractionBy }] = series as [Figure5Series];
  const tested = test === task ? "" : `, tested on ${formatTask(test)}`;
  const title = `Accuracy by fraction of the training data: ${formatTask(task)}${tested}, ${labels.student}`;
  const papers = series.filter(({ paper }) => paper.length > 0);
  return {
    id: `figure5-${index}`,
    title,
    origins: series.map((one) => one.labels.originWord),
    legend: series.map((one) => ({ label: nameSeries(one, series), look: looks[one.source] })),
    drawing: drawLines(
      [
        ...series.map(({ source, points }) => ({
          look: looks[source],
          points: points.map(({ fraction, accuracy, interval }) => ({
            x: fraction,
            y: 100 * accuracy,
            low: 100 * interval.low,
            high: 100 * interval.high,
          })),
        })),
        ...papers.map(({ source, paper }) => ({
          look: looks[source],
          dashed: true,
          points: paper.map(([x, y]) => ({ x, y })),
        })),
      ],
      { name: "fraction of the training data", scale: "linear" },
      "accuracy, %",
    ),
    note: `95 % intervals. ${fractionBy === "prefix" ? "The first examples of each set." : "Drawn with the train seed."}${papers.length > 0 ? " Dashed: the paper's." : ""}`,
    table: renderHtmlTable(createFigure5Table({ title, series: [...series], notes: [] }), {
      cells: figure5Cells,
      decorate: decorateRow,
    }),
  };
}

/** A series' source, with its flags where another series has the same source. */
function nameSeries({ source, labels }: Figure5Series, all: readonly Figure5Series[]): string {
  const alone = all.filter((one) => one.source === source).length === 1;
  return alone ? labels.source : [labels.source, labels.flags].filter(Boolean).join(", ");
}
