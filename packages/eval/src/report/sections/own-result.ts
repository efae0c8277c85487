import { type Interval, renderWhole, type Source } from "@seedling/core/internal";
import { group } from "d3-array";
import { html, renderHtmlTable } from "../../render/html.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { interval, left, percent, right } from "../../tables/column.ts";
import { listNotes } from "../../tables/notes.ts";
import { describeHeadline, type OwnTask } from "../../tables/own-tasks.ts";
import type { CellRow } from "../../tables/rows.ts";
import { drawLines } from "../charts/charts.ts";
import { listLegend, looks } from "../charts/looks.ts";
import { type Commands, callReview } from "../page/commands.ts";
import { type Chart, keepFlags, renderCharts, renderMissing, type Section } from "../page/page.ts";
import { createAccuracyChart } from "./answer.ts";
import { showAccuracies } from "./tables.ts";

/** How good is the classifier? One headline, and what it stands beside. */
export function createResultSection(
  task: OwnTask,
  view: Analysis,
  commands: Commands,
): Omit<Section, "id"> {
  const { figure, of, beside, doubts } = describeHeadline(task);
  const { main, rows, elsewhere } = task;
  const list = (number: 3 | 4, shown: CellRow[], title: string) =>
    shown.length > 0 &&
    showAccuracies(
      {
        ...view.tables[number],
        title,
        rows: shown,
        notes: listNotes(shown, "full"),
        footnotes: [],
      },
      null,
    );
  return {
    name: "Result",
    title: `How good is the classifier of ${task.name}?`,
    content: [
      html`<p class="headline"><strong>${figure}</strong> ${of}</p>\n`,
      doubts.map((doubt) => html`<p class="doubt">${doubt}</p>\n`),
      html`<ul class="beside">${beside.map((text) => html`<li>${text}</li>`)}</ul>\n`,
      main && html`<p class="note">The classifier: ${keepFlags(nameClassifier(main))}.</p>\n`,
      rows.length === 0 &&
        renderMissing(
          "Label fifty texts of real use, then run the same command again:",
          callReview(task.folder),
        ),
      main !== null &&
        !task.direct &&
        renderMissing(
          "Is a classifier needed at all? Ask the language model directly:",
          commands.run("--setting direct", task.name),
        ),
      rows.length > 0 &&
        renderCharts([
          createAccuracyChart(rows, `own-${task.name}`),
          ...createSizeCharts(task, view),
        ]),
      list(3, rows, "All rows"),
      list(4, elsewhere, "On other test sets"),
    ],
  };
}

/** `tree, 60 examples, all-MiniLM-L6-v2, head, --balance`. */
export function nameClassifier({ labels, cell }: CellRow): string {
  const size = cell.train.n > 0 && `${renderWhole(cell.train.n)} examples`;
  return [labels.source, size, labels.student, labels.flags].filter(Boolean).join(", ");
}

interface SizePoint {
  source: Source;
  student: string;
  n: number;
  accuracy: number;
  interval: Interval;
}

/** Accuracy by the number of examples: for each classifier a chart, a line in it for each source that has two sizes. */
function createSizeCharts({ rows, name }: OwnTask, { figure5 }: Analysis): Chart[] {
  const points: SizePoint[] = [
    ...rows
      .filter(({ control, cell }) => control === null && cell.train.n > 0)
      .map(({ cell, labels }) => ({ ...cell, n: cell.train.n, student: labels.student })),
    ...figure5.series
      .filter(({ task, test }) => task === name && test === name)
      .flatMap(({ points, source, labels }) =>
        points.map((point) => ({ ...point, source, student: labels.student })),
      ),
  ];
  const lines = [...group(points, ({ source, student }) => JSON.stringify([source, student]))]
    .map(([, line]) => [...new Map(line.map((point) => [point.n, point])).values()])
    .filter((line) => line.length > 1);
  const students = [...group(lines.flat(), ({ student }) => student)];
  return students.map(([student, own], index) =>
    createSizeChart(student, own, `size-${name}-${index}`),
  );
}

function createSizeChart(student: string, points: SizePoint[], id: string): Chart {
  const sorted = points.toSorted((a, b) => a.n - b.n);
  const title = `Accuracy by the number of examples: ${student}`;
  const columns = [
    left<SizePoint>("source", "Source", ({ source }) => source),
    right<SizePoint>("train_n", "Examples", ({ n }) => n),
    percent<SizePoint>("accuracy_percent", "Accuracy %", ({ accuracy }) => accuracy),
    ...interval<SizePoint>("interval", "percent", "95 % interval", (point) => point.interval),
  ];
  return {
    id,
    title,
    origins: [],
    legend: listLegend(sorted.map(({ source }) => source)),
    drawing: drawLines(
      [...group(sorted, ({ source }) => source)].map(([source, line]) => ({
        look: looks[source],
        points: line.map(({ n, accuracy, interval: { low, high } }) => ({
          x: n,
          y: 100 * accuracy,
          low: 100 * low,
          high: 100 * high,
        })),
      })),
      { name: "examples", scale: "linear" },
      "accuracy, %",
    ),
    table: renderHtmlTable({ title, columns, rows: sorted }),
  };
}
