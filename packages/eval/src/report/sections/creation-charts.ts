import { renderHtmlTable } from "../../render/html.ts";
import type { CreationRun } from "../../results/results.ts";
import { sum } from "../../statistics/aggregate.ts";
import { left, type TableColumn } from "../../tables/column.ts";
import { renderFixedPercent } from "../../tables/numbers.ts";
import { drawBars } from "../charts/bar-chart.ts";
import { lookAt } from "../charts/looks.ts";
import type { Chart } from "../page/parts.ts";
import { type Comparison, sumCounts } from "./creations.ts";
import { numberColumn } from "./rows.ts";
import { createSeriesChart } from "./series-chart.ts";

/** Examples of some depths, as a creation's manifest has them. */
type Level = CreationRun["manifest"]["levels"][number];

/** What a chart shows of each level. */
export interface LevelMeasure {
  id: string;
  title: string;
  /** Of the vertical axis. */
  axis: string;
  measure: (level: Level) => number | null;
}

/** A measure by depth, a line for each setting, means over seeds; null where no creation was measured. */
export function createLevelChart(
  { title, origins, groups }: Comparison,
  { id, title: what, axis, measure }: LevelMeasure,
  index: number,
): Chart | null {
  return createSeriesChart<Level>({
    id: `${id}-${index}`,
    title: `${what}: ${title}`,
    origins,
    points: groups.flatMap(({ row: { source }, creations }) =>
      creations.flatMap(({ manifest }) => manifest.levels.map((level) => ({ ...level, source }))),
    ),
    x: {
      name: "depth",
      scale: "linear",
      of: ({ from, to }) => (from + to) / 2,
      text: ({ from, to }) => (from === to ? `${from}` : `${from}–${to}`),
    },
    y: axis,
    measures: [{ head: axis, of: measure }],
    counts: [
      { head: "Examples", of: ({ n }) => n },
      { head: "Creations", of: () => 1 },
    ],
  });
}

/** Counts of each kind in each setting, such as rejections by reason. */
export interface CountsChart {
  id: string;
  title: string;
  origins: readonly string[];
  /** What the whole of a bar is. */
  whole: string;
  /** Whether kinds are sorted by name; else the most frequent come first. */
  byName?: boolean;
  rows: { setting: string; counts: ReadonlyMap<string, number> }[];
}

/** Kinds with a part of their own; rarer ones are one part together. */
const mostParts = 6;

/** What each row is made of, in per cent; null where nothing was counted. */
export function createCountsChart({
  id,
  title,
  origins,
  whole,
  byName,
  rows,
}: CountsChart): Chart | null {
  const kinds = listKinds(rows, byName ?? false);
  if (kinds.length === 0) return null;
  const own = kinds.length > mostParts + 1 ? kinds.slice(0, mostParts) : kinds;
  const others = kinds.slice(own.length);
  const parts = [
    ...own.map((kind) => ({ label: kind, kinds: [kind] })),
    ...(others.length > 0 ? [{ label: "others", kinds: others }] : []),
  ].map((part, i) => ({ ...part, look: lookAt(i) }));
  const counted = rows.map(({ setting, counts }) => {
    const each = parts.map((part) => sum(part.kinds.map((kind) => counts.get(kind) ?? 0)));
    return { setting, each, total: sum(each) };
  });
  type Counted = (typeof counted)[number];
  const columns: TableColumn<Counted>[] = [
    left("setting", "Setting", ({ setting }) => setting),
    ...parts.map(({ label }, i) => ({
      ...numberColumn<Counted>(label, ({ each }) => each[i] ?? 0),
      text: ({ each, total }: Counted) => formatCount(each[i] ?? 0, total),
    })),
    numberColumn("Total", ({ total }) => total),
  ];
  return {
    id,
    title,
    origins,
    legend: parts,
    drawing: drawBars({
      rows: rows.map(({ setting }) => setting),
      axis: `% of ${whole}`,
      parts: parts.map(({ look }, i) => ({
        look,
        fractions: counted.map(({ each, total }) => (each[i] ?? 0) / (total || 1)),
      })),
    }),
    table: renderHtmlTable({ title, columns, rows: counted }),
  };
}

function listKinds(rows: CountsChart["rows"], byName: boolean): string[] {
  const totals = sumCounts(rows.map(({ counts }) => Object.fromEntries(counts)));
  return [...totals]
    .sort(([a, m], [b, n]) => (byName ? 0 : n - m) || (a < b ? -1 : 1))
    .map(([kind]) => kind);
}

function formatCount(n: number, total: number): string {
  return total === 0 ? "0" : `${n} (${renderFixedPercent(n / total, 1)} %)`;
}
