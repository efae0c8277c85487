import { mean } from "@seedling/core/internal";
import { renderHtmlTable } from "../../render/html.ts";
import type { Results, TrainingRun } from "../../results/results.ts";
import type { LogPoint } from "../../results/training-log.ts";
import { groupBy } from "../../statistics/aggregate.ts";
import { describeControl, isPart, renderTrainFlags } from "../../tables/groups.ts";
import { drawLines } from "../charts/line-chart.ts";
import { listLegend, lookOf, sortSources } from "../charts/looks.ts";
import type { Chart, Section } from "../page/parts.ts";
import { formatNumber, formatTask, nameColumn, numberColumn } from "./rows.ts";

/** Losses and dev accuracy after an epoch, or at one L2 penalty. */
export interface CurvePoint {
  x: number;
  trainLoss: number | null;
  devLoss: number | null;
  devAccuracy: number;
}

/** The epochs of the chosen trial, or the whole path of a linear head. */
export interface TrainingCurve {
  by: "epoch" | "L2 penalty";
  points: CurvePoint[];
}

/** Whether trainings converged, and what dev accuracy they were chosen by. */
export function createCurvesSection({ trainings }: Results): Section {
  const whole = trainings.filter(
    ({ manifest }) => !isPart(manifest) && describeControl(manifest) === null,
  );
  const read = whole.flatMap((training) => {
    const curve = readCurve(training);
    return curve ? [{ training, curve, title: describeTraining(training) }] : [];
  });
  const groups = groupBy(read, ({ training, curve, title }) =>
    JSON.stringify([title, isSampleTraining(training), curve.by]),
  );
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const unread = whole.length - read.length;
  return {
    id: "curves",
    name: "Training curves",
    title: "Did the trainings converge?",
    parts:
      read.length === 0
        ? [{ missing: "No training log was found.", flags: "--data boolq --setting human" }]
        : [
            {
              text: "Means over seeds: after each epoch of the chosen trial, or, for a linear head, along the path of L2 penalties that one was chosen from. Dashed: loss on the training data. Controls and fractions of the data are left out.",
            },
            ...sorted.map(([, group], i) => ({ charts: createCurveCharts(group, i) })),
            unread > 0 && {
              note: `The log classifier/training.jsonl of ${unread} trainings is missing, damaged or over 64 MB.`,
            },
          ],
  };
}

/** The curve of a training's log: of several trials the chosen one; null where there is no log. */
export function readCurve({ log, manifest: { best } }: TrainingRun): TrainingCurve | null {
  const epochs = log.filter(
    ({ epoch, learningRate, batchSize }) =>
      epoch !== undefined &&
      (best.learningRate === undefined || learningRate === best.learningRate) &&
      (best.batchSize === undefined || batchSize === best.batchSize),
  );
  const penalties = log.filter(({ l2 }) => l2 !== undefined);
  if (epochs.length > 0) return sortCurve("epoch", epochs, ({ epoch }) => epoch ?? 0);
  if (penalties.length > 0) return sortCurve("L2 penalty", penalties, ({ l2 }) => l2 ?? 0);
  return null;
}

function sortCurve(
  by: TrainingCurve["by"],
  log: readonly LogPoint[],
  x: (point: LogPoint) => number,
): TrainingCurve {
  const points = log.map((point) => ({
    x: x(point),
    trainLoss: point.trainLoss ?? null,
    devLoss: point.devLoss ?? null,
    devAccuracy: point.devAccuracy,
  }));
  return { by, points: points.sort((a, b) => a.x - b.x) };
}

function describeTraining({ manifest }: TrainingRun): string {
  const { task, student } = manifest;
  const parts = [
    formatTask(task),
    `${student.encoder}, ${student.tune}`,
    renderTrainFlags(manifest),
  ];
  return parts.filter(Boolean).join(", ");
}

function isSampleTraining({ manifest: { data, completions } }: TrainingRun): boolean {
  return data.kind === "sample" || completions?.kind === "sample";
}

/** Trainings of one task and classifier with the same flags. */
type CurveGroup = { training: TrainingRun; curve: TrainingCurve; title: string }[];

interface CurveRow extends CurvePoint {
  source: string;
  runs: number;
}

/** What a chart of curves shows: a line for each source and measure. */
const curveCharts: {
  id: string;
  title: string;
  y: string;
  measures: { head: string; dashed?: boolean; of: (point: CurvePoint) => number | null }[];
}[] = [
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
      { head: "Dev loss", of: ({ devLoss }) => devLoss },
      { head: "Train loss", dashed: true, of: ({ trainLoss }) => trainLoss },
    ],
  },
];

function createCurveCharts(group: CurveGroup, index: number): Chart[] {
  const [first] = group;
  const { title = "", curve: { by = "epoch" } = {} } = first ?? {};
  const bySource = groupBy(group, ({ training }) => training.manifest.source);
  const sources = sortSources(bySource.keys());
  const rows = sources.flatMap((source) => averageCurves(source, bySource.get(source) ?? []));
  const origins = group.map(({ training }) =>
    isSampleTraining(training) ? "SAMPLE" : (training.manifest.completions?.kind ?? ""),
  );
  return curveCharts.map((chart) => ({
    id: `curve-${chart.id}-${index}`,
    title: `${chart.title}: ${title}`,
    origins,
    legend: listLegend(sources),
    drawing: drawLines({
      lines: sources.flatMap((source) =>
        chart.measures.map(({ dashed = false, of }) => ({
          look: lookOf(source),
          dashed,
          points: rows.flatMap((row) => {
            const y = row.source === source ? of(row) : null;
            return y === null ? [] : [{ x: row.x, y }];
          }),
        })),
      ),
      x: { name: by, scale: by === "epoch" ? "linear" : "log" },
      y: chart.y,
    }),
    table: renderHtmlTable({
      title: `${chart.title}: ${title}`,
      columns: [
        nameColumn<CurveRow>("Source", ({ source }) => source),
        numberColumn<CurveRow>(by, ({ x }) => x, formatNumber),
        numberColumn<CurveRow>("Runs", ({ runs }) => runs),
        ...chart.measures.map(({ head, of }) => numberColumn<CurveRow>(head, of, formatNumber)),
      ],
      rows,
    }),
  }));
}

function averageCurves(source: string, group: CurveGroup): CurveRow[] {
  const points = group.flatMap(({ curve }) => curve.points);
  const byX = groupBy(points, ({ x }) => String(x));
  return [...byX.values()]
    .map((all) => ({
      source,
      x: (all[0] as CurvePoint).x,
      runs: all.length,
      devAccuracy: mean(all.map(({ devAccuracy }) => devAccuracy)),
      devLoss: averageKnown(all.map(({ devLoss }) => devLoss)),
      trainLoss: averageKnown(all.map(({ trainLoss }) => trainLoss)),
    }))
    .sort((a, b) => a.x - b.x);
}

function averageKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}
