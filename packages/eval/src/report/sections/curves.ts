import { mean, type Source } from "@seedling/core/internal";
import { group, sum } from "d3-array";
import { html, renderHtmlTable } from "../../render/html.ts";
import type { Results, TrainingRun } from "../../results/results.ts";
import type { LogPoint } from "../../results/training-log.ts";
import { left, number, right, type TableColumn } from "../../tables/column.ts";
import { describeControl, isPart, renderTrainFlags } from "../../tables/groups.ts";
import { describeStudent, nameOrigin } from "../../tables/labels.ts";
import { drawLines } from "../charts/charts.ts";
import { listLegend, looks, sortSources } from "../charts/looks.ts";
import type { Commands } from "../page/commands.ts";
import { type Chart, renderCharts, renderMissing, type Section } from "../page/page.ts";
import { formatNumber, formatTask } from "./rows.ts";

export function createCurvesSection({ trainings }: Results, commands: Commands): Section {
  const whole = trainings.filter(
    ({ manifest }) => !isPart(manifest) && describeControl(manifest) === null,
  );
  const read = whole.flatMap((training) => {
    const curve = readCurve(training);
    return curve ? [{ training, curve, title: describeTraining(training) }] : [];
  });
  const groups = group(read, ({ training, curve, title }) =>
    JSON.stringify([title, nameOrigin(training.manifest) === "SAMPLE", curve.by]),
  );
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const unread = whole.length - read.length;
  return {
    id: "curves",
    name: "Training curves",
    title: "Did the trainings converge?",
    content:
      read.length === 0
        ? renderMissing("No training log was found.", commands.run("--setting human"))
        : [
            html`<p>Means over seeds: after each epoch of the chosen trial, or, for a linear head, along the path of L2 penalties that one was chosen from. Dashed: loss on the training data. Controls and fractions of the data are left out.</p>\n`,
            sorted.map(([, group], i) => renderCharts(createCurveCharts(group, i))),
            unread > 0 &&
              html`<p class="note">The log classifier/training.jsonl of ${unread} trainings is missing, damaged or over 64 MB.</p>\n`,
          ],
  };
}

/** The epochs of the chosen trial, or the whole path of a linear head; null where there is no log. */
export function readCurve({ log, manifest: { best, fit } }: TrainingRun) {
  const epochs = log.filter(
    ({ epoch, learningRate, batchSize }) =>
      epoch !== undefined &&
      (best.learningRate === undefined || learningRate === best.learningRate) &&
      (best.batchSize === undefined || batchSize === best.batchSize),
  );
  const hasNames = typeof fit?.names === "number";
  const penalties = log.filter(({ l2, names }) => {
    return l2 !== undefined && (names !== undefined) === hasNames;
  });
  if (epochs.length > 0) return { by: "epoch" as const, points: epochs };
  return penalties.length > 0 ? { by: "l2" as const, points: penalties } : null;
}

function describeTraining({ manifest }: TrainingRun): string {
  const { task } = manifest;
  const parts = [formatTask(task), describeStudent(manifest), renderTrainFlags(manifest)];
  return parts.filter(Boolean).join(", ");
}

/** Trainings of one task and classifier with the same flags. */
type CurveGroup = {
  training: TrainingRun;
  curve: NonNullable<ReturnType<typeof readCurve>>;
  title: string;
}[];

const curveCharts: readonly SeriesForm<LogPoint>[] = [
  {
    id: "accuracy",
    title: "Dev accuracy",
    y: "dev accuracy, %",
    measures: [{ head: "Dev accuracy %", of: ({ devAccuracy }) => 100 * devAccuracy }],
  },
  {
    id: "loss",
    title: "Loss on dev and training data",
    y: "loss",
    measures: [
      { head: "Dev loss", of: ({ devLoss }) => devLoss ?? null },
      { head: "Train loss", dashed: true, of: ({ trainLoss }) => trainLoss ?? null },
    ],
  },
];

function createCurveCharts(group: CurveGroup, index: number): (Chart | null)[] {
  const [{ title, curve }] = group as [CurveGroup[number]];
  const by = curve.by;
  return curveCharts.map((chart) =>
    createSeriesChart({
      ...chart,
      id: `curve-${chart.id}-${index}`,
      title: `${chart.title}: ${title}`,
      origins: group.map(({ training }) => nameOrigin(training.manifest)),
      points: group.flatMap(({ training: { manifest }, curve: { points } }) =>
        points.map((point) => ({ ...point, source: manifest.source })),
      ),
      x: {
        ...(by === "epoch"
          ? { name: "epoch", scale: "linear" }
          : { name: "L2 penalty", scale: "log" }),
        of: (point) => point[by] ?? 0,
      },
      counts: [{ head: "Runs", of: () => 1 }],
    }),
  );
}

/** Points of several runs of each source, of which a chart shows means by x. */
interface SeriesChart<Point> extends Pick<Chart, "id" | "title" | "origins"> {
  points: readonly (Point & { source: Source })[];
  x: {
    name: string;
    scale: "linear" | "log";
    of: (point: Point) => number;
    /** If it differs from the number. */
    text?: (point: Point) => string;
  };
  /** The name of the y axis, with its unit. */
  y: string;
  /** A line for each source and measure, which is named as the axis if it has no head; null: not known of a point. */
  measures: readonly { head?: string; dashed?: boolean; of: (point: Point) => number | null }[];
  /** What the table sums besides. */
  counts: readonly { head: string; of: (point: Point) => number }[];
}

/** A chart but for what it is of. */
export type SeriesForm<Point> = Pick<SeriesChart<Point>, "id" | "title" | "y" | "measures">;

/** Measures by x, lines for each source, means over runs; null where nothing was measured. */
export function createSeriesChart<Point>(chart: SeriesChart<Point>): Chart | null {
  const { id, title, origins, x, y, measures, counts } = chart;
  const points = chart.points.filter((point) => measures.some(({ of }) => of(point) !== null));
  if (points.length === 0) return null;
  const sources = sortSources(points.map(({ source }) => source));
  const bySource = group(points, ({ source }) => source);
  const rows = sources.flatMap((source) => {
    const byX = group(bySource.get(source) ?? [], (point) => String(x.of(point)));
    return [...byX.values()]
      .map((all) => ({ source, all, first: all[0] as Point }))
      .sort((a, b) => x.of(a.first) - x.of(b.first));
  });
  type Row = (typeof rows)[number];
  const average = ({ all }: Row, of: (point: Point) => number | null): number | null => {
    const known = all.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : mean(known);
  };
  const columns: TableColumn<Row>[] = [
    left("source", "Source", ({ source }) => source),
    number(
      "x",
      x.name,
      ({ first }) => x.of(first),
      (value, { first }) => x.text?.(first) ?? formatNumber(value),
    ),
    ...counts.map(({ head, of }) => right<Row>(head, head, ({ all }) => sum(all, of))),
    ...measures.map(({ head = y, of }) =>
      number<Row>(head, head, (row) => average(row, of), formatNumber),
    ),
  ];
  return {
    id,
    title,
    origins,
    legend: listLegend(sources),
    drawing: drawLines(
      sources.flatMap((source) =>
        measures.map(({ dashed = false, of }) => ({
          look: looks[source],
          dashed,
          points: rows.flatMap((row) => {
            const value = row.source === source ? average(row, of) : null;
            return value === null ? [] : [{ x: x.of(row.first), y: value }];
          }),
        })),
      ),
      x,
      y,
    ),
    table: renderHtmlTable({ title, columns, rows }),
  };
}
