import { renderWhole } from "@seedling/core/internal";
import { html } from "../render/markup.ts";

import { addUp } from "./add-up.ts";
import { settingAndTask } from "./creation-columns.ts";
import type { Comparison, CreationGroup } from "./creations.ts";
import { type Column, renderTable } from "./data-table.ts";
import { type LevelMeasure, renderLevels } from "./levels.ts";
import { renderMissing, type Section } from "./section.ts";

const distinct: LevelMeasure = {
  id: "distinct",
  title: "Distinct pairs of words",
  name: "distinct-2 (higher: more diverse)",
  toValue: ({ distinct2 }) => distinct2,
};

const similarity: LevelMeasure = {
  id: "similarity",
  title: "Similarity among questions",
  name: "mean overlap of two (lower: more diverse)",
  toValue: ({ selfSimilarity }) => selfSimilarity,
};

/** How varied the kept examples are, and how many came too close to others or to test items. */
export function toDiversitySection(comparisons: readonly Comparison[]): Section {
  const section = {
    id: "diversity",
    name: "Diversity",
    title: "Are the created examples diverse, and are they new?",
  };
  const groups = comparisons.flatMap((one) => one.groups);
  if (groups.length === 0) {
    const body = renderMissing("Nothing was created yet.", "--data boolq --setting all");
    return { ...section, body };
  }
  const body = html`<p>By depth, the number of requests between the formatting example and an example; each
level by at most 200 of its questions.</p>
<div class="pair">${comparisons.map((one, at) => [
    renderLevels(one, distinct, at),
    renderLevels(one, similarity, at),
  ])}</div>
${renderTable("Duplicates, and closeness to what is evaluated on", columns, groups)}
<p class="note">Rejected candidates stand one by one in each creation's rejected.jsonl, with what they are
too close to. Near duplicates are rejected only with <code>--reject near-duplicate</code>.</p>`;
  return { ...section, body };
}

const columns: Column<CreationGroup>[] = [
  ...settingAndTask,
  {
    head: "Kept",
    align: "right",
    cell: (group) => renderWhole(count(group, "kept")),
    sort: (group) => count(group, "kept"),
  },
  {
    head: "Duplicates rejected",
    align: "right",
    cell: (group) => renderWhole(count(group, "duplicate")),
    sort: (group) => count(group, "duplicate"),
  },
  {
    head: "Near duplicates rejected",
    align: "right",
    cell: (group) => renderWhole(count(group, "near duplicate")),
    sort: (group) => count(group, "near duplicate"),
  },
  {
    head: "Kept, too close to a test or dev item",
    align: "right",
    cell: (group) => toContaminated(group) ?? "not counted",
    sort: toContaminated,
  },
];

function count({ creations }: CreationGroup, what: string): number {
  const counts = addUp(
    creations.map(({ manifest }) => ({ kept: manifest.kept, ...manifest.rejections })),
  );
  return counts.get(what) ?? 0;
}

function toContaminated({ creations }: CreationGroup): number | null {
  const known = creations.flatMap(({ manifest }) => manifest.contamination ?? []);
  return known.length === 0 ? null : known.reduce((sum, { kept }) => sum + kept, 0);
}
