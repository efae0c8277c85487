import { renderWhole, shortenModelName } from "@seedling/core/internal";
import { html, type Markup } from "../../render/markup.ts";

import type { CreationRun, Results } from "../../results/results.ts";
import { addUp } from "../add-up.ts";
import { type Fitted, packAll, renderChunk } from "../chunk.ts";
import type { Comparison } from "../creations.ts";
import { renderTask } from "../figures.ts";
import { type LevelMeasure, renderLevels } from "../levels.ts";
import { toPackedTree } from "../page/packed-tree.ts";
import type { TreeData } from "../page-data.ts";
import { renderMissing, type Section } from "../section.ts";
import { renderShares } from "../shares.ts";
import { mostNodes, readCreation } from "./read-creation.ts";

/**
 * How the data came to be: each creation's tree, and what becomes of labels and drift with its depth.
 * @param most characters of the page that the section and its packed trees may take
 */
export async function toTreeSection(
  comparisons: readonly Comparison[],
  { dir, creations: all }: Results,
  most: number,
): Promise<Section & { chunks: Markup[] }> {
  const creations = all.filter(({ manifest }) => manifest.kept > 0);
  const section = { id: "tree", name: "Creation tree", title: "How does an example come to be?" };
  if (creations.length === 0) {
    const body = renderMissing("Nothing was created yet.", "--data boolq --setting tree");
    return { ...section, body, chunks: [] };
  }
  const charts = html`<h3>Drift from the formatting example</h3>
<div class="pair">${comparisons.map((one, at) => renderLevels(one, drift, at))}</div>
<h3>Labels of what was kept</h3>
<div class="pair">${comparisons.map(renderLabels)}</div>`;
  const trees = await packTrees(creations, dir, most - charts.text.length);
  const body = html`<p>Each node is an example; the requests that showed it brought its children. At most
${mostNodes} nodes a creation are drawn, in the order of keeping, and fewer of settings other than tree where this
page would grow too large; all of them are in its folder in results.</p>
<p class="without-script note">The tree is drawn on a screen, by the page's script; the examples
are in created.jsonl of each creation.</p>
<div class="needs-script">
<div class="controls"><label>Creation <select id="tree-choice">${trees.map(({ option }) => option)}</select></label></div>
<ul id="tree-legend" class="legend" aria-label="Labels"></ul>
<div class="tree"><div id="tree-drawing" class="drawing" role="region" aria-label="Tree; arrow keys lead from node to node"></div>
<div id="tree-node" class="chosen" role="region" aria-label="The chosen node" aria-live="polite" tabindex="0"></div></div>
</div>
${charts}`;
  return { ...section, body, chunks: trees.map(({ chunk }) => chunk) };
}

interface Tree {
  option: Markup;
  chunk: Markup;
}

/** Those of the setting tree come first, and take what room they need: it is what the section is named for. */
async function packTrees(
  creations: readonly CreationRun[],
  dir: string,
  most: number,
): Promise<Tree[]> {
  const read = await Promise.all(
    creations.map(async (creation) => ({ creation, data: await readCreation(dir, creation) })),
  );
  const isTree = ({ creation }: Read) => creation.manifest.source === "tree";
  const first = read.filter(isTree);
  const others = read.filter((one) => !isTree(one));
  const fitted = await packAll(most, first.map(toPackable));
  const taken = fitted.reduce((sum, { packed }) => sum + packed.length, 0);
  fitted.push(...(await packAll(most - taken, others.map(toPackable))));
  return [...first, ...others].map(({ creation }, i) => {
    const { packed, texts } = fitted[i] as Fitted;
    const name = describe(creation, texts);
    return {
      option: html`<option value="tree-${i}">${name}</option>`,
      chunk: renderChunk(`tree-${i}`, packed),
    };
  });
}

interface Read {
  creation: CreationRun;
  data: TreeData;
}

function toPackable({ data }: Read) {
  return {
    texts: data.nodes.length,
    withTexts: (texts: number) => toPackedTree(cutNodes(data, texts)),
  };
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

function describe({ path, manifest, partial }: CreationRun, drawn: number): string {
  const { task, source, seeds, kept, completions } = manifest;
  const parts = [
    `${toMarkWord(manifest.completions.kind)}${renderTask(task)} ${source}`,
    `example seed ${seeds.example}, creation seed ${seeds.creation}`,
    shortenModelName(completions.model),
    `${renderWhole(kept)} kept${drawn < kept ? `, the first ${drawn} drawn` : ""}`,
    partial && "stopped before its end",
    path.split("/").at(-1),
  ];
  return parts.filter(Boolean).join(" · ");
}

function toMarkWord(kind: string): string {
  if (kind === "sample") return "SAMPLE ";
  return kind === "replay" ? "replay " : "";
}

/** The same tree with its first nodes alone: parents come before their children. */
function cutNodes(data: TreeData, kept: number): TreeData {
  const nodes = data.nodes.slice(0, kept);
  const used = Math.max(-1, ...nodes.map(({ completion }) => completion ?? -1)) + 1;
  return { ...data, nodes, completions: data.completions.slice(0, used) };
}
