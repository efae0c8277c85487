import { renderWhole, toModelName } from "@seedling/core";
import type { CreationRun, Results } from "../../results/results.ts";
import { addUp } from "../add-up.ts";
import { packWithin, renderChunk } from "../chunk.ts";
import type { Comparison } from "../creations.ts";
import { renderTask } from "../figures.ts";
import { type LevelMeasure, renderLevels } from "../levels.ts";
import { html, type Markup } from "../markup.ts";
import type { TreeData } from "../page-data.ts";
import { renderMissing, type Section } from "../section.ts";
import { renderShares } from "../shares.ts";
import { mostNodes, readCreation } from "./read-creation.ts";

/** Characters of the page that all trees together take. */
const mostCharacters = 1_600_000;

/** How the data came to be: each creation's tree, and what becomes of labels and drift with its depth. */
export async function toTreeSection(
  comparisons: readonly Comparison[],
  { dir, creations: all }: Results,
): Promise<Section & { chunks: Markup[] }> {
  const creations = all.filter(({ manifest }) => manifest.kept > 0);
  const section = { id: "tree", name: "Creation tree", title: "How does an example come to be?" };
  if (creations.length === 0) {
    const body = renderMissing("Nothing was created yet.", "--data boolq --setting tree");
    return { ...section, body, chunks: [] };
  }
  // Those of tree first: it is what the section is named for.
  const ordered = creations.toSorted((a, b) => place(a) - place(b));
  const share = Math.floor(mostCharacters / ordered.length);
  const trees = await Promise.all(
    ordered.map(async (creation, i) => {
      const data = await readCreation(dir, creation);
      const drawn = data.nodes.length;
      const { packed, texts } = await packWithin(share, drawn, (kept) => cutTexts(data, kept));
      const name = describe(creation, drawn, texts);
      return {
        option: html`<option value="tree-${i}">${name}</option>`,
        chunk: renderChunk(`tree-${i}`, packed),
      };
    }),
  );
  const body = html`<p>Each node is an example; the requests that showed it brought its children. At most
${mostNodes} nodes a creation are drawn, in the order of keeping; all of them are in its folder in results.</p>
<p class="without-script note">The tree is drawn on a screen, by the page's script; the examples
are in created.jsonl of each creation.</p>
<div class="needs-script">
<div class="controls"><label>Creation <select id="tree-choice">${trees.map(({ option }) => option)}</select></label></div>
<ul id="tree-legend" class="legend" aria-label="Labels"></ul>
<div class="tree"><div id="tree-drawing" class="drawing" role="region" aria-label="Tree; arrow keys lead from node to node"></div>
<div id="tree-node" class="chosen" role="region" aria-label="The chosen node" aria-live="polite" tabindex="0"></div></div>
</div>
<h3>Drift from the formatting example</h3>
<div class="pair">${comparisons.map((one, at) => renderLevels(one, drift, at))}</div>
<h3>Labels of what was kept</h3>
<div class="pair">${comparisons.map(renderLabels)}</div>`;
  return { ...section, body, chunks: trees.map(({ chunk }) => chunk) };
}

const drift: LevelMeasure = {
  id: "drift",
  title: "Distance from the formatting example",
  name: "distance (1 − overlap of letter 5-grams)",
  toValue: ({ distance }) => distance,
};

function renderLabels({ title, mark, groups }: Comparison, at: number): Markup | null {
  return renderShares({
    id: `labels-${at}`,
    title: `Labels: ${title}`,
    mark,
    whole: "kept examples",
    byName: true,
    rows: groups.map(({ row, creations }) => ({
      label: row.source,
      counts: addUp(creations.map(({ manifest }) => toLabelNames(manifest.labels))),
    })),
  });
}

/** Places, which stand for labels where options vary, say so. */
function toLabelNames(labels: Record<string, number>): Record<string, number> {
  const named = Object.entries(labels).map(([label, n]) => [
    /^\d+$/.test(label) ? `place ${label}` : label,
    n,
  ]);
  return Object.fromEntries(named);
}

function place({ manifest }: CreationRun): number {
  return manifest.source === "tree" ? 0 : 1;
}

function describe({ path, manifest, partial }: CreationRun, shown: number, texts: number): string {
  const { task, source, seeds, kept, completions } = manifest;
  const parts = [
    `${toMarkWord(manifest.completions.kind)}${renderTask(task)} ${source}`,
    `seeds ${seeds.example}/${seeds.creation}`,
    toModelName(completions.model),
    `${renderWhole(kept)} kept${shown < kept ? `, ${shown} drawn` : ""}`,
    texts < shown && `texts of ${texts}`,
    partial && "stopped before its end",
    path.split("/").at(-1),
  ];
  return parts.filter(Boolean).join(" · ");
}

function toMarkWord(kind: string): string {
  if (kind === "sample") return "SAMPLE ";
  return kind === "replay" ? "replay " : "";
}

/** The same tree with the texts of its first nodes alone. */
function cutTexts(data: TreeData, kept: number): TreeData {
  if (kept >= data.nodes.length) return data;
  const nodes = data.nodes.map((node, at) =>
    at < kept ? node : { ...node, text: null, completion: null },
  );
  const used = Math.max(-1, ...nodes.map(({ completion }) => completion ?? -1)) + 1;
  const noCompletions =
    data.noCompletions ?? `Left out to keep this page small: in ${data.path}/journal.jsonl`;
  return { ...data, nodes, completions: data.completions.slice(0, used), noCompletions };
}
