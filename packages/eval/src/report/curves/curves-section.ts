import { mean } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";

import type { Results, TrainingRun } from "../../results/results.ts";
import { isPart, toControl, toGroupLabel } from "../../tables/groups.ts";
import { renderPercent } from "../../tables/numbers.ts";
import { drawLines } from "../charts/line-chart.ts";
import { type Column, renderTable } from "../data-table.ts";
import { type Mark, renderFigure } from "../figure.ts";
import { renderNumber, renderTask } from "../figures.ts";
import { lookOf, toDistinctSources } from "../palette.ts";
import { renderMissing, type Section } from "../section.ts";
import { type Curve, type CurvePoint, toCurve } from "./to-curve.ts";

/** Trainings of one task and student with the same flags: a line for each source. */
interface Group {
  title: string;
  mark: Mark;
  by: Curve["by"];
  curves: { source: string; curve: Curve }[];
}

interface MeanRow extends CurvePoint {
  source: string;
  runs: number;
}

/** Whether trainings converged, and what dev accuracy they were chosen by. */
export function toCurvesSection({ trainings }: Results): Section {
  const section = { id: "curves", name: "Training curves", title: "Did the trainings converge?" };
  const whole = trainings.filter(
    ({ manifest }) => !isPart(manifest) && toControl(manifest) === null,
  );
  const read = whole.map((training) => ({ training, curve: toCurve(training) }));
  const groups = toGroups(read);
  if (groups.length === 0) {
    const body = renderMissing("No log of a training is at hand.", "--data boolq --setting human");
    return { ...section, body };
  }
  const unread = read.filter(({ curve }) => curve === null).length;
  const body = html`<p>Means over seeds: after each epoch of the grid point that was chosen, or, for a linear
head, along the path of L2 penalties that one was chosen from. Dashed: loss on the training data. Controls and parts of the data are left out.</p>
${groups.map(renderGroup)}
${unread > 0 && html`<p class="note">Of ${unread} trainings there is no log at hand, or a damaged one, or one over 64 MB: classifier/training.jsonl.</p>`}`;
  return { ...section, body };
}

function toGroups(read: readonly { training: TrainingRun; curve: Curve | null }[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { training, curve } of read) {
    if (!curve) continue;
    const { task, student, source, data, completions } = training.manifest;
    const title = [
      renderTask(task),
      `${student.encoder}, ${student.tune}`,
      toGroupLabel(training.manifest),
    ]
      .filter(Boolean)
      .join(", ");
    const sample = data.kind === "sample" || completions?.kind === "sample";
    const key = JSON.stringify([title, sample, curve.by]);
    const group = groups.get(key) ?? {
      title,
      mark: sample ? "SAMPLE" : null,
      by: curve.by,
      curves: [],
    };
    if (completions?.kind === "replay") group.mark ??= "replay";
    group.curves.push({ source, curve });
    groups.set(key, group);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function renderGroup({ title, mark, by, curves }: Group, at: number): Markup {
  const sources = toDistinctSources(curves.map(({ source }) => source));
  const rows = sources.flatMap((source) =>
    toMeans(
      source,
      curves.filter((one) => one.source === source).map(({ curve }) => curve),
    ),
  );
  const x = {
    name: by,
    type: by === "epoch" ? ("value" as const) : ("log" as const),
    zero: by === "epoch",
  };
  const table = renderTable(title, toColumns(by), rows);
  const legend = sources.map((source) => ({ label: source, look: lookOf(source) }));
  const toLine = (source: string, toY: (row: MeanRow) => number | null, dashed = false) => ({
    look: lookOf(source),
    dashed,
    points: rows.flatMap((row) => {
      const y = row.source === source ? toY(row) : null;
      return y === null ? [] : [{ x: row.x, y }];
    }),
  });
  const accuracy = sources.map((source) => toLine(source, (row) => 100 * row.devAccuracy));
  const loss = sources.flatMap((source) => [
    toLine(source, ({ devLoss }) => devLoss),
    toLine(source, ({ trainLoss }) => trainLoss, true),
  ]);
  const common = { mark, legend, rooms: "narrow" as const, table };
  return html`<div class="pair">${renderFigure({
    ...common,
    id: `curve-accuracy-${at}`,
    title: `Dev accuracy: ${title}`,
    draw: (room) =>
      drawLines(
        `curve-accuracy-${at}`,
        { lines: accuracy, x, y: { name: "dev accuracy, %" } },
        room,
      ),
  })}${renderFigure({
    ...common,
    id: `curve-loss-${at}`,
    title: `Loss on dev and training data: ${title}`,
    draw: (room) => drawLines(`curve-loss-${at}`, { lines: loss, x, y: { name: "loss" } }, room),
  })}</div>`;
}

function toMeans(source: string, curves: readonly Curve[]): MeanRow[] {
  const byX = new Map<number, CurvePoint[]>();
  for (const point of curves.flatMap(({ points }) => points))
    byX.set(point.x, [...(byX.get(point.x) ?? []), point]);
  const rows = [...byX].map(([x, points]) => ({
    source,
    x,
    runs: points.length,
    devAccuracy: mean(points.map(({ devAccuracy }) => devAccuracy)),
    devLoss: meanOrNull(points.map(({ devLoss }) => devLoss)),
    trainLoss: meanOrNull(points.map(({ trainLoss }) => trainLoss)),
  }));
  return rows.sort((a, b) => a.x - b.x);
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

function toColumns(by: Curve["by"]): Column<MeanRow>[] {
  const toNumber = (value: number | null) => (value === null ? "–" : renderNumber(value));
  return [
    { head: "Source", cell: ({ source }) => source },
    { head: by, align: "right", cell: ({ x }) => renderNumber(x), sort: ({ x }) => x },
    { head: "Runs", align: "right", cell: ({ runs }) => runs },
    {
      head: "Dev accuracy %",
      align: "right",
      cell: ({ devAccuracy }) => renderPercent(devAccuracy, 1),
      sort: ({ devAccuracy }) => devAccuracy,
    },
    { head: "Dev loss", align: "right", cell: ({ devLoss }) => toNumber(devLoss) },
    { head: "Train loss", align: "right", cell: ({ trainLoss }) => toNumber(trainLoss) },
  ];
}
