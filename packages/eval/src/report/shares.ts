import type { Markup } from "../render/markup.ts";
import { sum } from "../statistics/sum.ts";
import { renderPercent } from "../tables/numbers.ts";
import { addUp } from "./add-up.ts";
import { drawBars } from "./charts/bar-chart.ts";
import { type Column, renderTable } from "./data-table.ts";
import { type Mark, renderFigure } from "./figure.ts";
import { lookAt } from "./palette.ts";

/** Counts of each kind in each row, such as rejections by reason. */
export interface Counts {
  id: string;
  title: string;
  mark: Mark;
  /** Kinds by name; else the most frequent first. */
  byName?: boolean;
  /** What the whole of a bar is. */
  whole: string;
  rows: { label: string; counts: ReadonlyMap<string, number> }[];
}

/** Kinds with a part of their own; the rarer ones are one part together. */
const mostParts = 6;

/** Draws what each row is made of, in percent. @returns null where nothing was counted */
export function renderShares({
  id,
  title,
  mark,
  whole,
  byName = false,
  rows,
}: Counts): Markup | null {
  const names = toNames(rows, byName);
  if (names.length === 0) return null;
  const kept = names.length > mostParts + 1 ? names.slice(0, mostParts) : names;
  const others = names.slice(kept.length);
  const parts = [...kept.map((name) => [name]), ...(others.length > 0 ? [others] : [])];
  const labels = parts.map((part) => (part === others ? "others" : (part[0] ?? "")));
  const counted = rows.map(({ label, counts }) => {
    const each = parts.map((part) => sum(part.map((name) => counts.get(name) ?? 0)));
    return { label, each, total: sum(each) };
  });
  const columns: Column<(typeof counted)[number]>[] = [
    { head: "Setting", cell: ({ label }) => label },
    ...labels.map((head, part) => ({
      head,
      align: "right" as const,
      cell: (row: (typeof counted)[number]) => toCell(row.each[part] ?? 0, row.total),
      sort: (row: (typeof counted)[number]) => row.each[part] ?? 0,
    })),
    { head: "Total", align: "right", cell: ({ total }) => total, sort: ({ total }) => total },
  ];
  return renderFigure({
    id,
    title,
    mark,
    legend: labels.map((label, part) => ({ label, look: lookAt(part) })),
    rooms: "narrow",
    draw: (room) =>
      drawBars(
        id,
        {
          rows: rows.map(({ label }) => label),
          axis: `% of ${whole}`,
          parts: labels.map((_, part) => ({
            look: lookAt(part),
            shares: counted.map(({ each, total }) => (each[part] ?? 0) / (total || 1)),
          })),
        },
        room,
      ),
    table: renderTable(title, columns, counted),
  });
}

function toNames(rows: Counts["rows"], byName: boolean): string[] {
  const totals = addUp(rows.map(({ counts }) => Object.fromEntries(counts)));
  return [...totals]
    .sort(([a, m], [b, n]) => (byName ? 0 : n - m) || (a < b ? -1 : 1))
    .map(([name]) => name);
}

function toCell(n: number, total: number): string {
  return total === 0 ? "0" : `${n} (${renderPercent(n / total, 1)} %)`;
}
