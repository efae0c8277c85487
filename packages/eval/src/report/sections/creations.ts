import { group, index, rollup, sum } from "d3-array";
import type { CreationRun, Results } from "../../results/results.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { left, type TableColumn } from "../../tables/column.ts";
import { renderFlags } from "../../tables/groups.ts";
import type { CostRow } from "../../tables/table5.ts";
import { formatTask, renderSource } from "./rows.ts";

/** The creations of one setting that differ only in their seeds. */
export interface CreationGroup {
  row: CostRow;
  creations: CreationRun[];
}

/** The settings created of one task by one model with the same flags: what one chart compares. */
export interface Comparison {
  title: string;
  origins: string[];
  groups: CreationGroup[];
}

/** Everything created, as comparisons in the order of Table 5. */
export function listComparisons({ table5 }: Analysis, { creations }: Results): Comparison[] {
  const byPath = index(creations, ({ path }) => path);
  const groups = table5.rows.map((row) => ({
    row,
    creations: row.creations.flatMap((path) => byPath.get(path) ?? []),
  }));
  const comparisons = group(groups, ({ row: { task, model, originWord }, creations }) =>
    JSON.stringify([task, model, originWord, formatCreationFlags(creations)]),
  );
  return [...comparisons.values()].map((groups) => {
    const [{ row, creations }] = groups as [CreationGroup];
    const parts = [formatTask(row.task), row.model, formatCreationFlags(creations)];
    return { title: parts.filter(Boolean).join(", "), origins: [row.originWord], groups };
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
