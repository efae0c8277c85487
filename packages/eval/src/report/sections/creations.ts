import { group, index, rollup, sum } from "d3-array";
import { renderHtmlTable } from "../../render/html.ts";
import type { CreationRun, Results } from "../../results/results.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { left, number, right, type TableColumn } from "../../tables/column.ts";
import { renderFlags } from "../../tables/groups.ts";
import { renderFixedPercent } from "../../tables/numbers.ts";
import { drawBars } from "../charts/charts.ts";
import { lookAt } from "../charts/looks.ts";
import { type Chart, keepFlags } from "../page/page.ts";
import { createSeriesChart, type SeriesForm } from "./curves.ts";
import { formatTask, renderSource } from "./rows.ts";

/** The settings created of one task by one model with the same flags: what one chart compares. */
export type Comparison = ReturnType<typeof listComparisons>[number];

/** The creations of one setting that differ only in their seeds. */
export type CreationGroup = Comparison["groups"][number];

/** Everything created, as comparisons in the order of Table 5. */
export function listComparisons({ table5 }: Analysis, { creations }: Results) {
  const byPath = index(creations, ({ path }) => path);
  const groups = table5.rows.map((row) => ({
    row,
    creations: row.creations.flatMap((path) => byPath.get(path) ?? []),
  }));
  const comparisons = group(groups, ({ row: { task, model, originWord }, creations }) =>
    JSON.stringify([task, model, originWord, formatCreationFlags(creations)]),
  );
  return [...comparisons.values()].map((groups) => {
    const [{ row, creations }] = groups as [(typeof groups)[number]];
    const parts = [formatTask(row.task), row.model, formatCreationFlags(creations)];
    const title = parts.filter(Boolean).join(", ");
    return { title, origins: [row.originWord], own: row.own, groups };
  });
}

/** Flags that separate comparisons: neither the model, which the title has, nor what only some settings read. */
function formatCreationFlags([creation]: readonly CreationRun[]): string {
  const { model, chains, similarityEncoder, ...flags } = creation?.manifest.conditions ?? {};
  return renderFlags(flags);
}

/** What every table of creations begins with. */
export const creationColumns: readonly TableColumn<CreationGroup>[] = [
  left("source", "Setting", ({ row }) => row.source),
  left("task", "Task", ({ row }) => formatTask(row.task)),
];

export const decorateCreation = {
  flags: (_: unknown, text: string) => keepFlags(text),
  source: ({ row }: CreationGroup, text: string) => renderSource(row.source, text, row.originWord),
};

/** Kept and rejected candidates of a group, by what became of them. */
export function countCandidates({ creations }: CreationGroup): Map<string, number> {
  return sumCounts(
    creations.map(({ manifest }) => ({ kept: manifest.kept, ...manifest.rejections })),
  );
}

export function sumCounts(all: readonly Record<string, number>[]): Map<string, number> {
  const counts = all.flatMap(Object.entries<number>);
  return rollup(
    counts,
    (own) => sum(own, ([, n]) => n),
    ([name]) => name,
  );
}

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
        `part ${i}`, // the label of a task may be "total", or "constructor"
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
