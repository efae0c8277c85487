import { mean } from "@seedling/core/internal";
import type { Markup } from "../render/markup.ts";

import type { CreationRun } from "../results/results.ts";
import { drawLines } from "./charts/line-chart.ts";
import type { Comparison } from "./creations.ts";
import { type Column, renderTable } from "./data-table.ts";
import { renderFigure } from "./figure.ts";
import { renderNumber } from "./figures.ts";
import { lookOf, toDistinctSources } from "./palette.ts";

/** Examples of some depths, as a creation's manifest has them. */
export type Level = CreationRun["manifest"]["levels"][number];

/** A figure of levels. */
export interface LevelMeasure {
  id: string;
  title: string;
  /** What it is, for the axis. */
  name: string;
  toValue: (level: Level) => number | null;
}

interface LevelRow {
  source: string;
  depth: string;
  x: number;
  n: number;
  creations: number;
  value: number;
}

/**
 * Draws a measure by depth, a line for each setting, the mean over its seeds.
 * @returns null where no creation was measured: the first ones were not
 */
export function renderLevels(
  comparison: Comparison,
  measure: LevelMeasure,
  at: number,
): Markup | null {
  const { title, mark, groups } = comparison;
  const rows = groups.flatMap(({ row, creations }) => toRows(row.source, creations, measure));
  if (rows.length === 0) return null;
  const sources = toDistinctSources(rows.map(({ source }) => source));
  const lines = sources.map((source) => ({
    look: lookOf(source),
    points: rows.filter((row) => row.source === source).map(({ x, value }) => ({ x, y: value })),
  }));
  const id = `${measure.id}-${at}`;
  return renderFigure({
    id,
    title: `${measure.title}: ${title}`,
    mark,
    legend: sources.map((source) => ({ label: source, look: lookOf(source) })),
    rooms: "narrow",
    draw: (room) =>
      drawLines(
        id,
        { lines, x: { name: "depth", type: "value", zero: true }, y: { name: measure.name } },
        room,
      ),
    table: renderTable(`${measure.title} by depth`, toColumns(measure), rows),
  });
}

function toColumns({ name }: LevelMeasure): Column<LevelRow>[] {
  return [
    { head: "Setting", cell: ({ source }) => source },
    { head: "Depth", align: "right", cell: ({ depth }) => depth, sort: ({ x }) => x },
    { head: "Examples", align: "right", cell: ({ n }) => n, sort: ({ n }) => n },
    { head: "Creations", align: "right", cell: ({ creations }) => creations },
    {
      head: name,
      align: "right",
      cell: ({ value }) => renderNumber(value),
      sort: ({ value }) => value,
    },
  ];
}

function toRows(
  source: string,
  creations: readonly CreationRun[],
  { toValue }: LevelMeasure,
): LevelRow[] {
  const byDepth = new Map<string, { level: Level; value: number }[]>();
  for (const level of creations.flatMap(({ manifest }) => manifest.levels)) {
    const value = toValue(level);
    if (value === null) continue;
    const depth = level.from === level.to ? `${level.from}` : `${level.from}–${level.to}`;
    byDepth.set(depth, [...(byDepth.get(depth) ?? []), { level, value }]);
  }
  const rows = [...byDepth].map(([depth, values]) => ({
    source,
    depth,
    x: mean(values.map(({ level }) => (level.from + level.to) / 2)),
    n: values.reduce((sum, { level }) => sum + level.n, 0),
    creations: values.length,
    value: mean(values.map(({ value }) => value)),
  }));
  return rows.sort((a, b) => a.x - b.x);
}
