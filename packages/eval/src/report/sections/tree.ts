import { join } from "node:path";
import {
  creationFiles,
  type Example,
  parseExample,
  recordingFiles,
  renderWhole,
  shortenModelName,
  toAnswer,
} from "@seedling/core/internal";
import { group } from "d3-array";
import { z } from "zod";
import { html, type Insert, type Markup } from "../../render/html.ts";
import { createLabelNamer, readFirst, readRecords } from "../../results/records.ts";
import type { CreationRun, Results } from "../../results/results.ts";
import { lookAt, renderShape } from "../charts/looks.ts";
import type { Commands } from "../page/commands.ts";
import { renderCharts, renderChoice, renderMissing, type Section } from "../page/page.ts";
import {
  type Comparison,
  createCountsChart,
  createLevelChart,
  type LevelMeasure,
  sumCounts,
} from "./creations.ts";
import { formatTask } from "./rows.ts";

/** Labels named beside a tree. */
const mostOfLegend = 12;

/** Nodes of a creation that are shown, and of all creations together. */
export const mostNodes = { each: 250, all: 10_000 };

export function createTreeSection(
  comparisons: readonly Comparison[],
  { dir, creations }: Results,
  commands: Commands,
): Section {
  const section = { id: "tree", name: "Creation tree", title: "How were the examples created?" };
  const shown = limitNodes(creations.filter(({ manifest }) => manifest.kept > 0));
  if (shown.length === 0) {
    const content = renderMissing("Nothing was created yet.", commands.run("--setting tree"));
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

const completionSchema = z.object({ key: z.string(), text: z.string() });
const lineageSchema = z.object({
  key: z.string(),
  parent: z.int().nonnegative().nullable(),
  leaf: z.record(z.string(), z.string()).optional(),
});

/**
 * The first nodes of a creation as nested lists below the formatting example, each opening its texts, and
 * the completions that they were read from. Lines that do not parse, and those after them, are left out: a
 * report shows what there is.
 * @param dir the results folder
 * @param most nodes
 */
export function renderTree(dir: string, { path, manifest }: CreationRun, most: number): Markup {
  const folder = join(dir, path);
  const parse = (value: unknown) => parseExample(value, "");
  const [root] = readFirst(join(folder, recordingFiles.example), parse, 1);
  const examples = readFirst(join(folder, creationFiles.created), parse, most);
  const lineageFile = join(folder, creationFiles.lineage);
  const lineages = readFirst(lineageFile, lineageSchema.parse, examples.length);
  const recorded = join(manifest.recording ?? folder, recordingFiles.journal);
  const completions = findCompletions(recorded, new Set(lineages.map(({ key }) => key)));
  const journal = manifest.recording ? `the recording ${manifest.recording}` : path;
  const nameLabel = createLabelNamer(examples);
  const labels = [...new Set(examples.map(nameLabel))].sort();
  const children = group([...lineages.keys()], (i) => {
    const parent = lineages[i]?.parent ?? i;
    return parent < i ? String(parent) : "root";
  });
  const renderBelow = (node: number | "root"): Insert => {
    const below = children.get(String(node)) ?? [];
    const replies = group(below, (i) => lineages[i]?.key ?? "");
    return below.length > 0 && html`<ul>${[...replies].map(renderReply)}</ul>`;
  };
  const renderReply = ([key, read]: [string, number[]]): Markup => {
    const lines = `line${read.length > 1 ? "s" : ""} ${read.map((i) => i + 1).join(", ")}`;
    const completion = completions.get(key) ?? `Not found in ${journal}`;
    const leaf = Object.entries(lineages[read[0] ?? 0]?.leaf ?? {}).map((one) => one.join(": "));
    const asked = leaf.length > 0 && `, asked for ${leaf.join("; ")}`;
    return html`<li class="note"><details><summary>completion of ${lines}${asked}</summary><pre>${completion}</pre></details></li>\n${read.map(renderNode)}`;
  };
  const renderNode = (i: number): Markup => {
    const example = examples[i] as Example;
    const label = nameLabel(example);
    return html`<li><details><summary>${renderShape(lookAt(labels.indexOf(label)))}<small>line ${i + 1}, ${label}:</small> <bdi>${example.question}</bdi></summary>${renderExample(example)}</details>${renderBelow(i)}</li>\n`;
  };
  const first = root
    ? html`<details open><summary><small>formatting example:</small> <bdi>${root.question}</bdi></summary>${renderExample(root)}</details>`
    : html`<p class="note">Not found: ${path}/example.jsonl</p>`;
  const legend = labels
    .slice(0, mostOfLegend)
    .map((label, i) => html`<li>${renderShape(lookAt(i))}${label}</li>`);
  const named = manifest.naming?.attributes.map(
    ({ name, values }) => html`<li>${name}: ${values.join("; ")}</li>`,
  );
  const attributes =
    named &&
    html`<p>Named by the model, and asked for:</p><ul aria-label="Attributes">${named}</ul>`;
  return html`<ul class="legend" aria-label="Labels">${legend}</ul>${attributes}
<ul class="tree" aria-label="Examples below the one that their request showed"><li>${first}${renderBelow("root")}</li></ul>`;
}

function renderExample(example: Example): Markup {
  const answer = toAnswer(example);
  const options = example.options.map((option) =>
    option === answer ? html`<li><mark>${option} (label)</mark></li>` : html`<li>${option}</li>`,
  );
  return html`${example.context && html`<blockquote>${example.context}</blockquote>`}<ul>${options}</ul>`;
}

function findCompletions(journal: string, keys: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const record of readRecords(journal, completionSchema.parse)) {
    if (record && keys.has(record.key)) found.set(record.key, record.text);
    if (found.size === keys.size) break;
  }
  return found;
}
