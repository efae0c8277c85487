import { mean, type Source } from "@seedling/core/internal";
import { group, sum } from "d3-array";
import { renderHtmlTable } from "../../render/html.ts";
import { left, number, right, type TableColumn } from "../../tables/column.ts";
import { drawLines } from "../charts/charts.ts";
import { listLegend, lookOf, sortSources } from "../charts/looks.ts";
import type { Chart } from "../page/parts.ts";
import { formatNumber } from "./rows.ts";

/** Points of several runs of each source, of which a chart shows means by x. */
export interface SeriesChart<Point> extends Pick<Chart, "id" | "title" | "origins"> {
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
          look: lookOf(source),
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
