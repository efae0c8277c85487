import type { CreationRun, Results } from "../results/results.ts";
import type { Analysis, CostRow } from "../tables/analysis.ts";
import { renderFlags } from "../tables/groups.ts";
import { type Mark, toMark } from "./figure.ts";
import { renderTask } from "./figures.ts";

/** The creations of one setting that differ only in their seeds. */
export interface CreationGroup {
  row: CostRow;
  creations: CreationRun[];
}

/** The settings that were created of one task by one model with the same flags: what is compared. */
export interface Comparison {
  title: string;
  mark: Mark;
  groups: CreationGroup[];
}

/** Everything created, as comparisons in the order of Table 5. */
export function toComparisons({ table5 }: Analysis, { creations }: Results): Comparison[] {
  const byPath = new Map(creations.map((creation) => [creation.path, creation]));
  const comparisons = new Map<string, CreationGroup[]>();
  for (const row of table5.rows) {
    const runs = row.creations.flatMap((path) => byPath.get(path) ?? []);
    const key = JSON.stringify([row.task, row.model, row.originWord, toFlags(runs)]);
    comparisons.set(key, [...(comparisons.get(key) ?? []), { row, creations: runs }]);
  }
  return [...comparisons.values()].map((groups) => ({
    title: toTitle(groups),
    mark: toMark(groups.map(({ row }) => row.originWord)),
    groups,
  }));
}

function toTitle([group]: CreationGroup[]): string {
  const { task = "", model = "" } = group?.row ?? {};
  return [renderTask(task), model, toFlags(group?.creations ?? [])].filter(Boolean).join(", ");
}

/** Flags that tell comparisons apart: what the title says already, and what only some settings read, do not. */
function toFlags([creation]: readonly CreationRun[]): string {
  const apart = ["model", "chains", "similarityEncoder"];
  const flags = Object.entries(creation?.manifest.conditions ?? {});
  return renderFlags(Object.fromEntries(flags.filter(([name]) => !apart.includes(name))));
}
