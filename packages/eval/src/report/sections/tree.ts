import { renderWhole, shortenModelName } from "@seedling/core/internal";
import { html } from "../../render/html.ts";
import type { CreationRun, Results } from "../../results/results.ts";
import { renderCharts, renderChoice, renderMissing, type Section } from "../page/parts.ts";
import {
  type Comparison,
  createCountsChart,
  createLevelChart,
  type LevelMeasure,
  sumCounts,
} from "./creations.ts";
import { renderTree } from "./render-tree.ts";
import { formatTask } from "./rows.ts";

/** Nodes of a creation that are shown, and of all creations together. */
export const mostNodes = { each: 250, all: 10_000 };

export function createTreeSection(
  comparisons: readonly Comparison[],
  { dir, creations }: Results,
): Section {
  const section = { id: "tree", name: "Creation tree", title: "How were the examples created?" };
  const shown = limitNodes(creations.filter(({ manifest }) => manifest.kept > 0));
  if (shown.length === 0) {
    const content = renderMissing("Nothing was created yet.", "--data boolq --setting tree");
    return { ...section, content };
  }
  return {
    ...section,
    content: [
      html`<p>Each node is an example; below it are those of the requests that showed it. It opens its context, options and completion. At most ${mostNodes.each} nodes of a creation are shown, in the order of keeping; its created.jsonl has all of them.</p>\n`,
      renderChoice({
        choice: "Creation",
        contents: shown.map(({ creation, most }) => ({
          name: describeCreation(creation, most),
          content: renderTree(dir, creation, most),
        })),
      }),
      html`<h3>Drift from the formatting example</h3>\n`,
      renderCharts(comparisons.map((comparison, i) => createLevelChart(comparison, drift, i))),
      html`<h3>Labels of what was kept</h3>\n`,
      renderCharts(comparisons.map(createLabelChart)),
    ],
  };
}

/** Trees come first and show what they have; the other settings share the nodes that are left. */
function limitNodes(creations: readonly CreationRun[]): { creation: CreationRun; most: number }[] {
  const trees = creations.filter(({ manifest }) => manifest.source === "tree");
  const others = creations.filter(({ manifest }) => manifest.source !== "tree");
  const left = mostNodes.all - mostNodes.each * trees.length;
  const most = Math.max(10, Math.min(mostNodes.each, Math.floor(left / others.length)));
  return [
    ...trees.map((creation) => ({ creation, most: mostNodes.each })),
    ...others.map((creation) => ({ creation, most })),
  ];
}

function describeCreation({ path, manifest, partial }: CreationRun, most: number): string {
  const { task, source, seeds, kept, completions } = manifest;
  const origin = { sample: "SAMPLE ", replay: "replay ", live: "" }[completions.kind];
  const parts = [
    `${origin}${formatTask(task)} ${source}`,
    `example seed ${seeds.example}, creation seed ${seeds.creation}`,
    shortenModelName(completions.model),
    `${renderWhole(kept)} kept${most < kept ? `, the first ${most} shown` : ""}`,
    partial && "stopped early",
    path.split("/").at(-1),
  ];
  return parts.filter(Boolean).join(" · ");
}

const drift: LevelMeasure = {
  id: "drift",
  title: "Distance from the formatting example",
  y: "distance (1 − overlap of letter 5-grams)",
  measures: [{ of: ({ distance }) => distance }],
};

function createLabelChart({ title, origins, groups }: Comparison, index: number) {
  return createCountsChart({
    id: `labels-${index}`,
    title: `Labels: ${title}`,
    origins,
    whole: "kept examples",
    rows: groups.map(({ row, creations }) => ({
      setting: row.source,
      counts: sumCounts(creations.map(({ manifest }) => nameLabels(manifest.labels))),
    })),
  });
}

/** Where options vary, labels are counted by position. */
function nameLabels(labels: Record<string, number>): Record<string, number> {
  const named = Object.entries(labels).map(([label, n]) => [
    /^\d+$/.test(label) ? `option ${label}` : label,
    n,
  ]);
  return Object.fromEntries(named);
}
