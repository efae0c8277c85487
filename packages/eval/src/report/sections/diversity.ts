import { renderWhole } from "@seedling/core/internal";
import { sum } from "d3-array";
import { html, renderHtmlTable } from "../../render/html.ts";
import { number, type TableColumn } from "../../tables/column.ts";
import { renderCharts, renderMissing, type Section } from "../page/parts.ts";
import {
  type Comparison,
  type CreationGroup,
  countCandidates,
  createLevelChart,
  creationColumns,
  decorateCreation,
  type LevelMeasure,
} from "./creations.ts";

const measures: readonly LevelMeasure[] = [
  {
    id: "distinct",
    title: "Distinct pairs of words",
    y: "distinct-2 (higher: more diverse)",
    measures: [{ of: ({ distinct2 }) => distinct2 }],
  },
  {
    id: "similarity",
    title: "Similarity among questions",
    y: "mean overlap of two (lower: more diverse)",
    measures: [{ of: ({ selfSimilarity }) => selfSimilarity }],
  },
];

export function createDiversitySection(comparisons: readonly Comparison[]): Section {
  const groups = comparisons.flatMap((comparison) => comparison.groups);
  return {
    id: "diversity",
    name: "Diversity",
    title: "Are the created examples diverse, and are they new?",
    content:
      groups.length === 0
        ? renderMissing("Nothing was created yet.", "--data boolq --setting all")
        : [
            html`<p>By depth: the number of requests between the formatting example and an example. Each level is measured on at most 200 of its questions.</p>\n`,
            renderCharts(
              comparisons.flatMap((comparison, i) =>
                measures.map((measure) => createLevelChart(comparison, measure, i)),
              ),
            ),
            renderHtmlTable(
              { title: "Duplicates, and overlap with test and dev items", columns, rows: groups },
              { decorate: decorateCreation },
            ),
            html`<p class="note">Each creation's rejected.jsonl lists its rejected candidates with what they are too close to. Near duplicates are rejected only with <code>--reject near-duplicate</code>.</p>\n`,
          ],
  };
}

const columns: TableColumn<CreationGroup>[] = [
  ...creationColumns,
  countColumn("Kept", "kept"),
  countColumn("Duplicates rejected", "duplicate"),
  countColumn("Near duplicates rejected", "near duplicate"),
  number("contaminated", "Kept, too close to a test or dev item", countContaminated, String, {
    none: "not counted",
  }),
];

function countColumn(head: string, kind: string): TableColumn<CreationGroup> {
  return number(kind, head, (group) => countCandidates(group).get(kind) ?? 0, renderWhole);
}

function countContaminated({ creations }: CreationGroup): number | null {
  const known = creations.flatMap(({ manifest }) => manifest.contamination ?? []);
  return known.length === 0 ? null : sum(known, ({ kept }) => kept);
}
