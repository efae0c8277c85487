import { sum } from "d3-array";
import { renderHtmlTable } from "../../render/html.ts";
import type { CreationRun } from "../../results/results.ts";
import { left, number, right, type TableColumn } from "../../tables/column.ts";
import { renderFixedPercent } from "../../tables/numbers.ts";
import { drawBars } from "../charts/bar-chart.ts";
import { lookAt } from "../charts/looks.ts";
import type { Chart } from "../page/parts.ts";
import { type Comparison, sumCounts } from "./creations.ts";
import { createSeriesChart, type SeriesForm } from "./series-chart.ts";

/** Examples of some depths, as a creation's manifest has them. */
type Level = CreationRun["manifest"]["levels"][number];

export type LevelMeasure = SeriesForm<Level>;

/** A measure by depth, a line for each setting, means over seeds; null where no creation was measured. */
export function createLevelChart(
  { title, origins, groups }: Comparison,
  form: LevelMeasure,
  index: number,
): Chart | null {
  return createSeriesChart<Level>({
    ...form,
    id: `${form.id}-${index}`,
    title: `${form.title}: ${title}`,
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
    counts: [
      { head: "Examples", of: ({ n }) => n },
      { head: "Creations", of: () => 1 },
    ],
  });
}

/** Counts of each kind in each setting, such as rejections by reason. */
export interface CountsChart extends Pick<Chart, "id" | "title" | "origins"> {
  /** What the whole of a bar is. */
  whole: string;
  rows: { setting: string; counts: ReadonlyMap<string, number> }[];
}

/** Kinds with a part of their own; rarer ones are one part together. */
const mostParts = 6;

/** What each row is made of, in per cent, kinds by name; null where nothing was counted. */
export function createCountsChart({ whole, rows, ...names }: CountsChart): Chart | null {
  const totals = sumCounts(rows.map(({ counts }) => Object.fromEntries(counts)));
  if (totals.size === 0) return null;
  const kinds = [...totals].sort(([, m], [, n]) => n - m).map(([kind]) => kind);
  const own = kinds.slice(0, kinds.length > mostParts + 1 ? mostParts : kinds.length).sort();
  const labels = own.length < kinds.length ? [...own, "others"] : own;
  const parts = labels.map((label, i) => ({ label, look: lookAt(i) }));
  const counted = rows.map(({ setting, counts }) => {
    const total = sum(counts.values());
    const each = own.map((kind) => counts.get(kind) ?? 0);
    return { setting, each: [...each, total - sum(each)], total };
  });
  type Counted = (typeof counted)[number];
  const columns: TableColumn<Counted>[] = [
    left("setting", "Setting", ({ setting }) => setting),
    ...labels.map((label, i) =>
      number<Counted>(
        label,
        label,
        ({ each }) => each[i],
        (n, { total }) => formatCount(n, total),
      ),
    ),
    right("total", "Total", ({ total }) => total),
  ];
  return {
    ...names,
    legend: parts,
    drawing: drawBars(
      rows.map(({ setting }) => setting),
      parts.map(({ look }, i) => ({
        look,
        fractions: counted.map(({ each, total }) => (each[i] ?? 0) / (total || 1)),
      })),
      `% of ${whole}`,
    ),
    table: renderHtmlTable({ title: names.title, columns, rows: counted }),
  };
}

function formatCount(n: number, total: number): string {
  return total === 0 ? "0" : `${n} (${renderFixedPercent(n / total, 1)} %)`;
}
